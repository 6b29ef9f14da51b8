{% macro and_settled(stamp="event_timestamp") -%}
    {#- The end of a model that selects only rows stamped since the last build: the rows
        of the last build itself, which nothing known later can change (the proofs of
        truncation). Nothing where nothing is settled. -#}
    {%- if settled_until() -%}
    union all by name
    select * from {{ this }}
    where {{ stamp }} <= timestamptz '{{ settled_until() }}'
    {%- endif %}
{%- endmacro %}
