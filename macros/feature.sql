{% macro feature(expression, digits=6) -%}
    {#- Rounding hides the order in which floats were added, so that the same facts
        give the same bits. Six digits for what lies within 0-1, four for ratings. -#}
    round(cast({{ expression }} as double), {{ digits }})
{%- endmacro %}
