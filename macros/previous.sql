{% macro previous(expression, partition, order, steps=1) %}
    lag({{ expression }}, {{ steps }}) over (
        partition by {{ partition }}
        order by {{ order }}
    )
{%- endmacro %}
