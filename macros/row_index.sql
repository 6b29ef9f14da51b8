{% macro row_index(partition, order) %}
    row_number() over (
        partition by {{ partition }}
        order by {{ order }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}
