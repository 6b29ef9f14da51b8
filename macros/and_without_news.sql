{% macro and_without_news(news, entity, moment) -%}
    {#- The end of a model that is made of entities with news (see with_news): what the
        last build made of the others. Nothing where there is no watermark. -#}
    {%- if watermark() -%}
    union all by name
    select * from {{ this }}
    where {{ entity }} not in (
        select {{ entity }} from {{ news }}
        {{ after_watermark(moment) }}
    )
    {%- endif %}
{%- endmacro %}
