{% macro with_news(relation, entity, moment, news=none) -%}
    {#- The rows of every entity of which something became known since the last build
        (in `news` where that says more): its whole history, which windows need. All
        rows where nothing is settled. -#}
    select * from {{ relation }}
    {%- if settled_until() %}
    where {{ entity }} in (
        select {{ entity }} from {{ news or relation }}
        {{ unsettled(moment) }}
    )
    {%- endif %}
{%- endmacro %}
