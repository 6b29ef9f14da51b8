{% test within_meta(model) %}
-- Every feature states what arithmetic allows; without this test a broken formula would
-- reach the models as a number. Every number is finite; keys and moments have no nulls.
-- What was seen in earlier seasons (has_been) is no fault. One scan for all.
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
        {%- set can_be = column.config.meta.get("can_be", {}) -%}
        {%- set most_nulls = can_be.get("null_share", 1 if column.config.meta else 0) -%}
        {
            'feature': '{{ name }}',
            'smallest': cast(min_{{ name }} as varchar),
            'largest': cast(max_{{ name }} as varchar),
            'null_share': 1 - known_{{ name }} / row_count,
            'is_wrong':
                row_count - known_{{ name }} > {{ most_nulls }} * row_count
                {% if column.data_type == "double" %}
                or not isfinite(min_{{ name }}) or not isfinite(max_{{ name }})
                {% endif %}
                {% if "min" in can_be %} or min_{{ name }} < {{ can_be.min }} {% endif %}
                {% if "max" in can_be %} or max_{{ name }} > {{ can_be.max }} {% endif %}
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
