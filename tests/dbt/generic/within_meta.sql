{% test within_meta(model) %}
-- Every feature states its range and the share of nulls it may have; without this test
-- those statements could be wrong, and the gates built from them as well.
{% for column in described_features(model.identifier) -%}
{%- set name = column.name -%}
{%- set meta = column.config.meta -%}
select
    '{{ name }}' as feature,
    cast(min({{ name }}) as varchar) as smallest,
    cast(max({{ name }}) as varchar) as largest,
    avg(cast({{ name }} is null as integer)) as null_share
from {{ model }}
having
    avg(cast({{ name }} is null as integer)) > {{ meta.get("max_null_share", 0) }}
    {% if "min" in meta %} or min({{ name }}) < {{ meta.min }} {% endif %}
    {% if "max" in meta %} or max({{ name }}) > {{ meta.max }} {% endif %}
{% if not loop.last %} union all {% endif %}
{%- else -%}
select 'no feature is described' as feature
{%- endfor %}
{% endtest %}
