{% macro rolling_state(expression, partition, order, games=none, aggregate="sum") %}
    {#- The current row counts: this is the state after it. -#}
    {{ aggregate }}({{ expression }}) over (
        partition by {{ partition }}
        order by {{ order }}
        rows between
        {{ "unbounded" if games is none else games - 1 }} preceding and current row
    )
{%- endmacro %}
