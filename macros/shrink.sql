{% macro shrink(total, weight, prior, strength) -%}
    {#- The prior counts as much as `strength` units of weight. -#}
    (cast({{ total }} as double) + {{ strength }} * ({{ prior }}))
    / nullif(cast({{ weight }} as double) + {{ strength }}, 0)
{%- endmacro %}
