{% macro and_settled(moment) -%}
    {#- The end of a model: of what it selects the rows stamped since the last build, and
        the rows of the last build itself, which nothing known later can change (the
        proofs of truncation). Everything it selects where nothing is settled. -#}
    {%- if settled_until() -%}
    where {{ moment }} > timestamptz '{{ settled_until() }}'
    union all by name
    select * from {{ this }}
    where event_timestamp <= timestamptz '{{ settled_until() }}'
    {%- endif %}
{%- endmacro %}
