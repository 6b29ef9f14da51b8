-- Where the players of a position shot from of late: one row per position and moment
-- at which something became known. A day's games count half as much sixty days later.
{% set zones = shot_zones() %}
{% set window = {
    "partition": "position",
    "order": "known_at, day_number",
    "index": "day_number",
    "half_life": 60,
} %}
with shots as (
    select * from {{ ref("int_player_shots") }}
),

totals as (
    select
        position,
        known_at,
        day_number,
        {% for zone in zones -%}
        sum({{ zone }}_fga) as {{ zone }}_fga,
        {% endfor -%}
        sum(fouls_drawn) as fouls_drawn,
        sum(fga) as fga
    from shots
    group by position, known_at, day_number
),

decayed as (
    select
        position,
        known_at,
        day_number,
        {% for zone in zones -%}
        {{ decayed_sum(zone ~ "_fga", **window) }} as {{ zone }}_fga,
        {% endfor -%}
        {{ decayed_sum("fouls_drawn", **window) }} as fouls_drawn,
        {{ decayed_sum("fga", **window) }} as fga
    from totals
)

select
    position,
    known_at,
    {% for zone in zones -%}
    {{ ratio(zone ~ "_fga", "fga") }} as {{ zone }}_share,
    {% endfor -%}
    {{ ratio("fouls_drawn", "fga") }} as fouls_drawn_rate
from decayed
qualify {{ row_index("position, known_at", "day_number desc") }} = 1
