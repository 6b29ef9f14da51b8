{% macro utc(expression) -%}
    {{ expression }} at time zone 'UTC'
{%- endmacro %}
