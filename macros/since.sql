{% macro since(now, before, total) -%}
    {#- What a running total grew by since an earlier row, if there was one. -#}
    ({{ now }}.{{ total }} - coalesce({{ before }}.{{ total }}, 0))
{%- endmacro %}
