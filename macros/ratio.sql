{% macro ratio(numerator, denominator, scale=1) -%}
    {{ scale }} * cast({{ numerator }} as double)
    / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}
