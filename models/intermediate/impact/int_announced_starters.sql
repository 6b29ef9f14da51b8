-- Line-ups are out half an hour before tip-off, where nothing better is known.
with candidates as (
    select * from {{ ref("int_roster_candidates") }}
),

starters as (
    select * from {{ ref("stg_starters") }}
),

games as (
    select * from {{ ref("int_games") }}
)

select
    candidates.game_id,
    candidates.team_id,
    candidates.player_id
from candidates
inner join starters
    on
        candidates.game_id = starters.game_id
        and candidates.player_id = starters.player_id
inner join games
    on candidates.game_id = games.game_id
where
    candidates.forecast_at
    >= coalesce(starters.known_at, games.tipoff_at - interval 30 minutes)
    and candidates.forecast_at
    < coalesce(starters.superseded_at, timestamptz 'infinity')
