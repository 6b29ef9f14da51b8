{% macro unsettled(moment, word="where") -%}
    {#- The condition that a row was stamped since the last build, or is not known yet;
        nothing where nothing is settled. -#}
    {%- if settled_until() -%}
    {{ word }}
    coalesce({{ moment }}, timestamptz 'infinity') > timestamptz '{{ settled_until() }}'
    {%- endif %}
{%- endmacro %}
