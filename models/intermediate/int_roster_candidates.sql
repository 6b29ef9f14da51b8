-- Who could play: one row per game, team and player whose newest word before the
-- forecast ties him to that team. That is a line in one of its last 25 box scores, a
-- roster move of no earlier day, or its injury report for the game. A move ties for a
-- season of box scores, one for ten days for fewer. A report of the team that he has
-- left says nothing against a move. Who joins a team without any word is not there
-- before his first game.
{% set patience = 82 %}
{% set short_patience = 25 %}
with boxes as (
    select * from {{ ref("int_roster_games") }}
    {{ after_watermark("forecast_at") }}
),

appearances as (
    select
        *,
        unnest(range(from_boxes_before, to_boxes_before + 1)) as boxes_before
    from {{ ref("int_player_appearances") }}
),

lines as (
    select
        player_id,
        known_at,
        max(game_date) as game_date,
        max(team_id) as team_id
    from {{ ref("int_player_appearances") }}
    group by player_id, known_at
),

moves as (
    select * from {{ ref("int_player_moves") }}
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
        appearances.player_id,
        appearances.game_date as seen_on,
        appearances.known_at as last_seen_at,
        boxes.boxes_before - appearances.from_boxes_before as boxes_since_seen
    from appearances
    inner join boxes
        on
            appearances.team_id = boxes.team_id
            and appearances.boxes_before = boxes.boxes_before
    where
        appearances.known_at <= boxes.forecast_at
        and boxes.forecast_at
        < coalesce(appearances.next_seen_at, timestamptz 'infinity')
),

still_there as (
    select seen.*
    from seen
    asof left join newest_reports
        on
            seen.player_id = newest_reports.player_id
            and seen.forecast_at >= newest_reports.told_at
    asof left join moves
        on
            seen.player_id = moves.player_id
            and seen.forecast_at >= moves.known_at
    where
        case
            when
                newest_reports.told_at > greatest(
                    seen.last_seen_at,
                    case when moves.moved_on >= seen.seen_on then moves.known_at end
                )
                and newest_reports.team_id <> seen.team_id
                then false
            when moves.moved_on >= seen.seen_on
                then moves.team_id is not distinct from seen.team_id
            else true
        end
),

joined as (
    select
        boxes.game_id,
        boxes.team_id,
        boxes.forecast_at,
        moves.player_id,
        moves.moved_on,
        moves.kind,
        moves.known_at as moved_at,
        boxes.boxes_before - moves.from_boxes_before as boxes_since_move
    from moves
    inner join boxes
        on
            moves.team_id = boxes.team_id
            and moves.known_at <= boxes.forecast_at
            and moves.from_boxes_before <= boxes.boxes_before
            and moves.from_boxes_before + case
                when moves.kind = 'ten_day' then {{ short_patience }}
                else {{ patience }}
            end > boxes.boxes_before
    where
        boxes.forecast_at < coalesce(moves.next_known_at, timestamptz 'infinity')
),

moved as (
    select joined.*
    from joined
    asof left join lines
        on
            joined.player_id = lines.player_id
            and joined.forecast_at >= lines.known_at
    asof left join newest_reports
        on
            joined.player_id = newest_reports.player_id
            and joined.forecast_at >= newest_reports.told_at
    where
        coalesce(lines.game_date <= joined.moved_on, true)
        and coalesce(
            newest_reports.told_at <= joined.moved_at
            or newest_reports.team_id in (joined.team_id, lines.team_id),
            true
        )
),

listed as (
    select
        boxes.game_id,
        boxes.team_id,
        boxes.forecast_at,
        reports.player_id,
        min(reports.told_at) as told_at,
        max(reports.told_at) as last_told_at
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

reported as (
    select listed.*
    from listed
    asof left join moves
        on
            listed.player_id = moves.player_id
            and listed.forecast_at >= moves.known_at
    where
        coalesce(moves.known_at <= listed.last_told_at, true)
        or moves.team_id is not distinct from listed.team_id
),

tied as (
    select
        *,
        false as is_on_report
    from still_there
    union all by name
    select
        *,
        false as is_on_report
    from moved
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
    max(moved_at) as moved_at,
    max(told_at) as told_at,
    least(max(last_seen_at), max(moved_at), max(told_at)) as known_at,
    min(boxes_since_seen) as boxes_since_seen,
    min(boxes_since_move) as boxes_since_move,
    max(kind) as move_kind,
    bool_or(is_on_report) as is_on_report
from tied
group by game_id, team_id, player_id, forecast_at
{{ and_rows_by_watermark("forecast_at") }}
