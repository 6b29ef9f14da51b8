{% macro decayed_sum(expression, index, partition, order, half_life, now=none) %}
    {#- sum(x exp(lambda (k - now))) up to the current row: what remains of a sum in
        which a row counts half as much after every half-life. -#}
    {%- set growth = "exp(ln(2) / " ~ half_life ~ " * (" ~ index ~ "))" -%}
    {{ rolling_state(
        "(" ~ expression ~ ") * " ~ growth, partition, order
    ) }} / exp(ln(2) / {{ half_life }} * ({{ now or index }}))
{%- endmacro %}
