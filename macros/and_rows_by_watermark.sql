{% macro and_rows_by_watermark(stamp="event_timestamp") -%}
    {#- The end of a model that selects only rows stamped since the last build: the rows
        of the last build itself, which nothing known later can change (the proofs of
        truncation). Nothing where there is no watermark. -#}
    {%- if watermark() -%}
    union all by name
    select * from {{ this }}
    where {{ stamp }} <= timestamptz '{{ watermark() }}'
    {%- endif %}
{%- endmacro %}
