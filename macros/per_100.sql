{% macro per_100(expression, possessions) -%}
    {{ ratio(expression, possessions, scale=100) }}
{%- endmacro %}
