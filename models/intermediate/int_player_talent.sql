-- A player's rates, shrunken towards his position's: one row per player and moment.
-- A game counts half as much sixty games later, and a new season ages the past by ten
-- more (see player_clock), so that the position counts for more at its start.
{% set half_life = 60 %}
{% set window = {
    "index": "clock",
    "partition": "player_id, vintage",
    "order": "appearance_number",
    "half_life": half_life,
} %}
{% set fade = "exp(ln(2) / " ~ half_life ~ " * (decayed.clock - states.clock))" %}
with states as (
    {{ with_news(
        ref("int_player_states"), "player_id", "event_timestamp"
    ) | indent(4) }}
),

games as (
    select * from {{ ref("int_player_games") }}
    where player_id in (select states.player_id from states)
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

league as (
    select * from {{ ref("int_position_rates") }}
),

decayed as (
    select
        player_id,
        vintage,
        appearance_number,
        clock,
        {% for stat in player_sums() -%}
        {{ decayed_sum(stat, **window) }} as {{ stat }},
        {% endfor -%}
        {{ decayed_sum("min", **window) }} as min
    from games
),

faded as (
    select
        states.player_id,
        states.event_timestamp,
        positions.position,
        {% for stat in player_sums() -%}
        {{ fade }} * decayed.{{ stat }} as {{ stat }},
        {% endfor -%}
        {{ fade }} * decayed.min as min
    from states
    inner join decayed
        on
            states.player_id = decayed.player_id
            and states.vintage = decayed.vintage
            and states.appearance_number = decayed.appearance_number
    inner join positions
        on
            states.player_id = positions.player_id
            and states.season = positions.season
)

select
    faded.player_id,
    faded.event_timestamp,
    faded.min as effective_min,
    {% for stat, strength in prior_minutes().items() -%}
    36 * {{ shrink(
        "faded." ~ stat, "faded.min", "league." ~ stat ~ "_per_min", strength
    ) }} as {{ stat }}_per36_shrunk,
    {% endfor -%}
    {{ shrink(
        "faded.fgm - faded.fg3m", "faded.fga - faded.fg3a", "league.fg2_pct", 125
    ) }} as fg2_pct_shrunk,
    {{ shrink("faded.fg3m", "faded.fg3a", "league.fg3_pct", 320) }} as fg3_pct_shrunk,
    {{ shrink("faded.ftm", "faded.fta", "league.ft_pct", 30) }} as ft_pct_shrunk,
    {{ shrink("faded.plays", "faded.team_plays", "league.usg_pct", 60) }}
        as usg_pct_shrunk
from faded
asof left join league
    on
        faded.position = league.position
        and faded.event_timestamp >= league.known_at
{{ after_watermark("faded.event_timestamp") }}
{{ and_rows_by_watermark() }}
