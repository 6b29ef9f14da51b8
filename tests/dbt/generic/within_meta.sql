{% test within_meta(model) %}
-- Every feature states its range and the share of nulls it may have; without this test
-- those statements could be wrong, and the gates built from them as well.
{%- set columns = described_features(model.identifier) %}
with measured as materialized (
    select
        {% for column in columns -%}
        min({{ column.name }}) as min_{{ column.name }},
        max({{ column.name }}) as max_{{ column.name }},
        avg(cast({{ column.name }} is null as integer)) as null_{{ column.name }},
        {% endfor -%}
        count(*) as row_count
    from {{ model }}
)
{% for column in columns -%}
{%- set name = column.name -%}
{%- set meta = column.config.meta %}
select
    '{{ name }}' as feature,
    cast(min_{{ name }} as varchar) as smallest,
    cast(max_{{ name }} as varchar) as largest,
    null_{{ name }} as null_share
from measured
where
    null_{{ name }} > {{ meta.get("max_null_share", 0) }}
    {% if "min" in meta %} or min_{{ name }} < {{ meta.min }} {% endif %}
    {% if "max" in meta %} or max_{{ name }} > {{ meta.max }} {% endif %}
{% if not loop.last %} union all {% endif %}
{%- else %}
select 'no feature is described' as feature
from measured
{%- endfor %}
{% endtest %}
