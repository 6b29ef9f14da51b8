{% macro with_news(relation, entity, moment) -%}
    {#- The rows of every entity of which something became known since the last build:
        its whole history, which windows need. All rows where nothing is settled. -#}
    select * from {{ relation }}
    {%- if settled_until() %}
    where
        {{ entity }} in (
            select {{ entity }} from {{ relation }}
            where {{ moment }} > timestamptz '{{ settled_until() }}'
        )
    {%- endif %}
{%- endmacro %}
