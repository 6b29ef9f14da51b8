{#- Only days before the game's own: who is tied to one team may play for another. -#}
{% set past = {"partition": "player_id", "order": "game_date", "until": 1} %}
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
        {{ rolling_days("played_date", days=9999, aggregate="max", **past) }}
            as last_played_date,
        {{ rolling_days("played_known_at", days=9999, aggregate="max", **past) }}
            as last_played_known_at,
        {{ rolling_days("appearances", days=7, **past) }} as games_played_7d,
        {{ rolling_days("min", days=7, **past) }} as min_7d
    from presence
),

-- Only who was tied to the team before the game has a row: that someone without a tie
-- has one would say that he played. A tie may be cut until the forecast, so no row
-- may be known before it.
candidates as (
    select
        *,
        greatest(
            tipoff_at - interval {{ var("horizon_minutes") }} minutes,
            last_played_known_at
        ) as event_timestamp
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
