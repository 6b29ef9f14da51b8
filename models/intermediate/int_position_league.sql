-- What all teams allowed a position of late, and what was expected, as known at each
-- moment: one row per position and moment. Half as much after sixty days.
{% set window = {
    "partition": "position",
    "order": "known_at, game_date",
    "index": "date_diff('day', date '1980-01-01', game_date)",
    "half_life": 60,
} %}
with allowed as (
    select * from {{ ref("int_position_allowed") }}
),

totals as (
    select
        position,
        known_at,
        game_date,
        {% for stat in box_stats() -%}
        sum({{ stat }}) as {{ stat }},
        sum(expected_{{ stat }}) as expected_{{ stat }},
        {% endfor -%}
        sum(min) as min
    from allowed
    group by position, known_at, game_date
),

decayed as (
    select
        position,
        known_at,
        {% for stat in box_stats() -%}
        {{ decayed_sum(stat, **window) }} as {{ stat }},
        {{ decayed_sum("expected_" ~ stat, **window) }} as expected_{{ stat }},
        {% endfor -%}
        {{ decayed_sum("min", **window) }} as min
    from totals
    qualify {{ row_index("position, known_at", "game_date desc") }} = 1
)

select
    {% for stat in box_stats() -%}
    {{ ratio(stat, "expected_" ~ stat) }} as {{ stat }}_drift,
    {{ ratio("expected_" ~ stat, "min") }} as expected_{{ stat }}_per_min,
    {% endfor -%}
    position,
    known_at
from decayed
