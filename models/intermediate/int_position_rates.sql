-- What the league's players of a position did of late, as known at each moment:
-- one row per position and moment at which something became known. A day's games
-- count half as much sixty days later.
{% set window = {
    "partition": "position",
    "order": "known_at, game_date",
    "index": "date_diff('day', date '1980-01-01', game_date)",
    "half_life": 60,
} %}
with totals as (
    select * from {{ ref("int_position_totals") }}
),

decayed as (
    select
        position,
        known_at,
        game_date,
        {% for stat in player_sums() -%}
        {{ decayed_sum(stat, **window) }} as {{ stat }},
        {% endfor -%}
        {{ decayed_sum("min", **window) }} as min
    from totals
)

select
    position,
    known_at,
    {% for stat in box_stats() -%}
    {{ ratio(stat, "min") }} as {{ stat }}_per_min,
    {% endfor -%}
    {{ ratio("fgm - fg3m", "fga - fg3a") }} as fg2_pct,
    {{ ratio("fg3m", "fg3a") }} as fg3_pct,
    {{ ratio("ftm", "fta") }} as ft_pct,
    {{ ratio("plays", "team_plays") }} as usg_pct
from decayed
qualify {{ row_index("position, known_at", "game_date desc") }} = 1
