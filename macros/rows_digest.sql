{% macro rows_digest(rows) -%}
    {#- A digest of a group's rows whatever their order. -#}
    count(*) || ':' || sum(hash({{ rows }})) || ':' || sum(hash({{ rows }}, 1))
{%- endmacro %}
