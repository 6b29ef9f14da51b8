{% macro shot_zones() -%}
    {#- Where a shot is from (ml/ingest/playbyplay/shots.py), and the points it brings on average,
        measured on 2018-19 (benchmarks/measured_numbers.py). -#}
    {{ return({
        "rim": 1.24, "short_mid": 0.81, "long_mid": 0.81,
        "corner_three": 1.14, "above_break_three": 1.05,
    }) }}
{%- endmacro %}
