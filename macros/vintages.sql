{% macro vintages(corrections, keys) -%}
    {#- `corrections` has the key columns and `corrected_at`: one row per entity and
        correction, and for every entity one row where it is null. Vintage 0 is what
        was first known; vintage v holds from the v-th correction to the next. -#}
    select
        {{ keys | join(", ") }},
        {{ row_index(keys | join(", "), "corrected_at nulls first") }} - 1 as vintage,
        coalesce(corrected_at, timestamptz '-infinity') as vintage_at,
        coalesce(
            {{ next("corrected_at", keys | join(", "), "corrected_at nulls first") }},
            timestamptz 'infinity'
        ) as vintage_until
    from {{ corrections }}
{%- endmacro %}
