-- How the league's teams shot of late: one row per moment at which something became
-- known. A day's games count half as much sixty days later.
{% set counts = team_shot_counts() %}
{% set window = {
    "partition": "1",
    "order": "known_at, day_number",
    "index": "day_number",
    "half_life": 60,
} %}
with shots as (
    select * from {{ ref("int_team_shots") }}
),

totals as (
    select
        {% for count in counts["box"] + counts["play_by_play"] -%}
        sum({{ count }}) as {{ count }},
        {% endfor -%}
        known_at,
        day_number
    from shots
    group by known_at, day_number
),

decayed as (
    select
        {% for count in counts["box"] + counts["play_by_play"] -%}
        {{ decayed_sum(count, **window) }} as {{ count }},
        {% endfor -%}
        known_at,
        day_number
    from totals
)

select
    {% for name, (part, whole) in team_shot_shares().items() -%}
    {{ ratio(part, whole) }} as {{ name }},
    {% endfor -%}
    known_at
from decayed
qualify {{ row_index("known_at", "day_number desc") }} = 1
