{% test within_meta(model) %}
-- Every feature states its range and the share of nulls it may have; without this test
-- those statements could be wrong, and the gates built from them as well.
{%- set features = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == "model"
        and node.name == model.identifier -%}
        {%- for column in node.columns.values() if column.config.meta -%}
            {%- do features.append((column.name, column.config.meta)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}
{% for name, meta in features -%}
select
    '{{ name }}' as feature,
    min({{ name }})::varchar as smallest,
    max({{ name }})::varchar as largest,
    avg(({{ name }} is null)::integer) as null_share
from {{ model }}
having
    avg(({{ name }} is null)::integer) > {{ meta.get("max_null_share", 0) }}
    {% if "min" in meta %} or min({{ name }}) < {{ meta.min }} {% endif %}
    {% if "max" in meta %} or max({{ name }}) > {{ meta.max }} {% endif %}
{% if not loop.last %} union all {% endif %}
{%- else -%}
select 1 as no_feature_has_meta
{%- endfor %}
{% endtest %}
