{% test within_meta(model) %}
-- Every feature states its range and the share of nulls it may have; without this test
-- those statements could be wrong, and the gates built from them as well. Keys and
-- moments have no nulls. One scan for all.
{%- set columns = described_features(model.identifier, keys=true) %}
with measured as (
    select
        {% for column in columns -%}
        min({{ column.name }}) as min_{{ column.name }},
        max({{ column.name }}) as max_{{ column.name }},
        count({{ column.name }}) as known_{{ column.name }},
        {% endfor -%}
        count(*) as row_count
    from {{ model }}
),

judged as (
    select unnest([
        {% for column in columns -%}
        {%- set name = column.name -%}
        {%- set meta = column.config.meta -%}
        {
            'feature': '{{ name }}',
            'smallest': cast(min_{{ name }} as varchar),
            'largest': cast(max_{{ name }} as varchar),
            'null_share': 1 - known_{{ name }} / row_count,
            'is_wrong':
                row_count - known_{{ name }}
                > {{ meta.get("max_null_share", 0) }} * row_count
                {% if "min" in meta %} or min_{{ name }} < {{ meta.min }} {% endif %}
                {% if "max" in meta %} or max_{{ name }} > {{ meta.max }} {% endif %}
        }{{ "," if not loop.last }}
        {%- else %}
        {'feature': 'no feature is described', 'is_wrong': true}
        {%- endfor %}
    ], recursive := true)
    from measured
)

select *
from judged
where is_wrong
{% endtest %}
