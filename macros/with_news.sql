{% macro with_news(relation, entity, moment, news=none) -%}
    {#- The rows of every entity of which something became known since the last build
        (in `news` where that says more): its whole history, which windows need. All
        rows where there is no watermark. -#}
    select * from {{ relation }}
    {%- if watermark() %}
    where {{ entity }} in (
        select {{ entity }} from {{ news or relation }}
        {{ after_watermark(moment) }}
    )
    {%- endif %}
{%- endmacro %}
