{% macro and_without_news(news, entity, moment) -%}
    {#- The end of a model that is made of entities with news (see with_news): what the
        last build made of the others. Nothing where nothing is settled. -#}
    {%- if settled_until() -%}
    union all by name
    select * from {{ this }}
    where {{ entity }} not in (
        select {{ entity }} from {{ news }}
        {{ unsettled(moment) }}
    )
    {%- endif %}
{%- endmacro %}
