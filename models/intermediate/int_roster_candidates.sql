-- Who could play: one row per game, team and player whose newest word before the
-- forecast ties him to that team. That is a line in one of its last 25 box scores, or
-- its injury report for the game, unless a newer report ties him to another team.
-- Who joins a team without either is not there before his first game.
with boxes as (
    select * from {{ ref("int_roster_games") }}
    {{ unsettled("forecast_at") }}
),

sightings as (
    select
        *,
        unnest(range(from_boxes_before, to_boxes_before + 1)) as boxes_before
    from {{ ref("int_player_sightings") }}
),

reports as (
    select
        *,
        greatest(published_at, known_at) as told_at
    from {{ ref("stg_injury_reports") }}
    where player_id is not null and team_id is not null
),

newest_reports as (
    select
        player_id,
        told_at,
        max(team_id) as team_id
    from reports
    group by player_id, told_at
),

seen as (
    select
        boxes.game_id,
        boxes.team_id,
        boxes.forecast_at,
        sightings.player_id,
        sightings.known_at as last_seen_at,
        boxes.boxes_before - sightings.from_boxes_before as boxes_since_seen
    from sightings
    inner join boxes
        on
            sightings.team_id = boxes.team_id
            and sightings.boxes_before = boxes.boxes_before
    where
        sightings.known_at <= boxes.forecast_at
        and boxes.forecast_at
        < coalesce(sightings.next_seen_at, timestamptz 'infinity')
),

still_there as (
    select seen.*
    from seen
    asof left join newest_reports
        on
            seen.player_id = newest_reports.player_id
            and seen.forecast_at >= newest_reports.told_at
    where
        newest_reports.team_id is null
        or newest_reports.team_id = seen.team_id
        or newest_reports.told_at <= seen.last_seen_at
),

reported as (
    select
        boxes.game_id,
        boxes.team_id,
        boxes.forecast_at,
        reports.player_id,
        min(reports.told_at) as told_at
    from reports
    inner join boxes
        on
            reports.game_id = boxes.game_id
            and reports.team_id = boxes.team_id
            and reports.told_at <= boxes.forecast_at
    group by
        boxes.game_id,
        boxes.team_id,
        boxes.forecast_at,
        reports.player_id
),

tied as (
    select
        *,
        false as is_on_report
    from still_there
    union all by name
    select
        *,
        true as is_on_report
    from reported
)

select
    game_id,
    team_id,
    player_id,
    forecast_at,
    max(last_seen_at) as last_seen_at,
    max(told_at) as told_at,
    least(max(last_seen_at), max(told_at)) as known_at,
    min(boxes_since_seen) as boxes_since_seen,
    bool_or(is_on_report) as is_on_report
from tied
group by game_id, team_id, player_id, forecast_at
{{ and_settled("forecast_at") }}
