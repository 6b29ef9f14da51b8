{% macro next(expression, partition, order, steps=1) %}
    lead({{ expression }}, {{ steps }}) over (
        partition by {{ partition }}
        order by {{ order }}
    )
{%- endmacro %}
