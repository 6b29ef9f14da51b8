with reports as (
    select
        *,
        greatest(published_at, known_at) as event_timestamp
    from {{ ref("stg_injury_reports") }}
    where game_id is not null and team_id is not null
),

submissions as (
    select
        game_id,
        team_id,
        event_timestamp,
        bool_or(status is not null) as is_submitted,
        count(distinct player_id) as players_reported
    from reports
    group by game_id, team_id, event_timestamp
)

select
    game_id,
    team_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    is_submitted,
    cast(players_reported as bigint) as players_reported
from submissions
