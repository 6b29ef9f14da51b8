{% macro per_36(expression, minutes) -%}
    {{ ratio(expression, minutes, scale=36) }}
{%- endmacro %}
