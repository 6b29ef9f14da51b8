{% macro as_of() -%}
    {#- The moment up to which the data counts as known, or infinity. -#}
    {%- if var("as_of", none) is none -%}
        timestamptz 'infinity'
    {%- else -%}
        timestamptz '{{ var("as_of") }}'
    {%- endif -%}
{%- endmacro %}
