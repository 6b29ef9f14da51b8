-- What the league's players of a position did of late, as known at each moment:
-- one row per position and moment at which something became known. A day's games
-- count half as much sixty days later. Of a position with few minutes (at the start of
-- the data, or with few labels) the missing ones are an average player's.
{% set enough_minutes = 480 %}
{% set window = {
    "partition": "position",
    "order": "known_at, game_date",
    "index": "date_diff('day', date '1980-01-01', game_date)",
    "half_life": 60,
} %}
with totals as (
    select * from {{ ref("int_position_totals") }}
),

totals_of_all as (
    select
        'everyone' as position,  -- noqa: RF04
        known_at,
        game_date,
        {% for stat in player_sums() -%}
        sum({{ stat }}) as {{ stat }},
        {% endfor -%}
        sum(min) as min
    from totals
    group by known_at, game_date
),

all_totals as (
    select * from totals
    union all by name
    select * from totals_of_all
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
    from all_totals
    qualify {{ row_index("position, known_at", "game_date desc") }} = 1
),

filled as (
    select
        decayed.position,
        decayed.known_at,
        {% for stat in player_sums() -%}
        decayed.{{ stat }}
        + greatest({{ enough_minutes }} - decayed.min, 0)
        * {{ ratio("everyone." ~ stat, "everyone.min") }} as {{ stat }},
        {% endfor -%}
        greatest(decayed.min, {{ enough_minutes }}) as min
    from decayed
    inner join decayed as everyone
        on
            decayed.known_at = everyone.known_at
            and everyone.position = 'everyone'
    where decayed.position != 'everyone'
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
from filled
