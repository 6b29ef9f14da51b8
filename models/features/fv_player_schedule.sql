{% set career = {"partition": "player_id", "order": "tipoff_at, game_id"} %}
{% set week = {
    "partition": "player_id",
    "order": "game_date",
    "days": 7,
    "until": 1,
} %}
with presence as (
    select
        *,
        case when has_played then game_date end as played_date,
        case when has_played then known_at end as played_known_at,
        cast(has_played as bigint) as appearances
    from {{ ref("int_player_presence") }}
),

windows as (
    select
        *,
        {{ rolling_prior("played_date", aggregate="max", **career) }}
            as last_played_date,
        {{ rolling_prior("played_known_at", aggregate="max", **career) }}
            as last_played_known_at,
        {{ rolling_days("appearances", **week) }} as games_played_7d,
        {{ rolling_days("min", **week) }} as min_7d
    from presence
),

-- Only who was tied to the team before the game has a row: that someone without a tie
-- has one would say that he played.
candidates as (
    select
        *,
        greatest(schedule_known_at, tied_at, last_played_known_at) as event_timestamp
    from windows
    where tied_at is not null
)

select
    game_id,
    player_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    date_diff('day', last_played_date, game_date) as days_since_last_game,
    cast(coalesce(games_played_7d, 0) as bigint) as games_played_7d,
    cast(coalesce(min_7d, 0) as bigint) as min_7d
from candidates
qualify {{ row_index("game_id, player_id", "event_timestamp desc, team_id") }} = 1
