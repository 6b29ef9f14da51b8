{% macro rolling_days(expression, partition, order, days, until=0, aggregate="sum") %}
    {#- The last `days` days up to `until` days ago (0: the current row's date counts). -#}
    {{ aggregate }}({{ expression }}) over (
        partition by {{ partition }}
        order by {{ order }}
        range between
        interval {{ days - 1 + until }} days preceding
        and interval {{ until }} days preceding
    )
{%- endmacro %}
