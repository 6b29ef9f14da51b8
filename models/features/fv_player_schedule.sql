{#- Only days before the game's own: who is tied to one team may play for another. -#}
{% set past = {"partition": "player_id", "order": "game_date", "until": 1} %}
with known as (
    {{ with_news(ref("int_player_presence"), "player_id", "known_at") | indent(4) }}
),

presence as (
    select
        *,
        case when has_played then game_date end as played_date,
        case when has_played then known_at end as played_known_at,
        cast(has_played as bigint) as appearances
    from known
),

announced as (
    select * from {{ ref("int_announced_starters") }}
),

announced_teams as (
    select distinct
        game_id,
        team_id
    from announced
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
    candidates.game_id,
    candidates.player_id,
    candidates.event_timestamp,
    candidates.event_timestamp as created_timestamp,
    date_diff('day', candidates.last_played_date, candidates.game_date)
        as days_since_last_game,
    cast(coalesce(candidates.games_played_7d, 0) as bigint) as games_played_7d,
    cast(coalesce(candidates.min_7d, 0) as bigint) as min_7d,
    case when announced_teams.game_id is not null then announced.game_id is not null end
        as is_named_starter
from candidates
left join announced
    on
        candidates.game_id = announced.game_id
        and candidates.team_id = announced.team_id
        and candidates.player_id = announced.player_id
left join announced_teams
    on
        candidates.game_id = announced_teams.game_id
        and candidates.team_id = announced_teams.team_id
{{ after_watermark("candidates.event_timestamp") }}
{{ and_rows_by_watermark() }}
