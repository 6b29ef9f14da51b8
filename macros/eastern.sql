{% macro eastern(expression) -%}
    {{ expression }} at time zone 'America/New_York'
{%- endmacro %}
