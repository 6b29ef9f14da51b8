{% macro latest_states(entity, known_at, order) -%}
    {#- The end of a where clause: within a vintage, the states known before it ends;
        of those known when it began only the last one, restated. Needs vintage,
        vintage_at and vintage_until beside the entity's keys; `entity` and `order`
        are lists of columns. -#}
    {{ known_at }} < vintage_until
    qualify row_number() over (
        partition by
            {{ entity | join(", ") }}, vintage, greatest({{ known_at }}, vintage_at)
        order by {{ order | join(" desc, ") }} desc
        rows between unbounded preceding and current row
    ) = 1
{%- endmacro %}
