{% macro signed_changes(relation) -%}
    {#- What sums are made of as they become known: every version of a row counts once
        it is valid, and is taken back when another takes its place. -#}
    select
        * exclude (valid_from, valid_until),
        valid_from as known_at,
        1 as sign
    from {{ relation }}
    union all
    select
        * exclude (valid_from, valid_until),
        valid_until as known_at,
        -1 as sign
    from {{ relation }}
    where valid_until < timestamptz 'infinity'
{%- endmacro %}
