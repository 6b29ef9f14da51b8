{% macro feature(expression, digits=6) -%}
    {#- Rounding hides the order in which floats were added, so that the same facts
        give the same bits, and adding zero the sign that a rounded zero keeps. Six
        digits for what lies within 0-1, four for ratings. -#}
    round(cast({{ expression }} as double), {{ digits }}) + 0.0
{%- endmacro %}
