{% macro rolling_prior(expression, partition, order, games=none, aggregate="sum") %}
    {#- The current row does not count: this is the state before it. -#}
    {{ aggregate }}({{ expression }}) over (
        partition by {{ partition }}
        order by {{ order }}
        rows between
        {{ "unbounded" if games is none else games }} preceding and 1 preceding
    )
{%- endmacro %}
