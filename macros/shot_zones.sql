{% macro shot_zones() -%}
    {#- Where a shot is from (ml/impact/shots.py), and the points it brings on average,
        measured on the seasons to 2022-23. -#}
    {{ return({
        "rim": 1.25, "short_mid": 0.83, "long_mid": 0.81,
        "corner_three": 1.16, "above_break_three": 1.06,
    }) }}
{%- endmacro %}
