{% macro after_watermark(moment, word="where") -%}
    {#- The condition that a row was stamped since the last build, or is not known yet;
        nothing where there is no watermark. -#}
    {%- if watermark() -%}
    {{ word }}
    coalesce({{ moment }}, timestamptz 'infinity') > timestamptz '{{ watermark() }}'
    {%- endif %}
{%- endmacro %}
