-- What the moment of the forecast knows of everyone on a roster. Minutes of whoever has
-- not played yet; box scores since a player who is there by the report alone was seen.
{% set new_player_min = 5 %}
{% set longest = 25 %}
with candidates as (
    select * from {{ ref("int_roster_candidates") }}
    {{ after_watermark("forecast_at") }}
),

games as (
    select * from {{ ref("int_games") }}
),

form as (
    select * from {{ ref("fv_player_form") }}
    where player_id in (select candidates.player_id from candidates)
),

availability as (
    select * from {{ ref("fv_player_availability") }}
    where player_id in (select candidates.player_id from candidates)
),

announced as (
    select * from {{ ref("int_announced_starters") }}
),

reports as (
    select
        game_id,
        team_id,
        player_id,
        status,
        greatest(published_at, known_at) as told_at
    from {{ ref("stg_injury_reports") }}
    where game_id is not null and player_id is not null and status is not null
),

listed as (
    select
        candidates.game_id,
        candidates.team_id,
        candidates.player_id,
        arg_max(reports.status, (reports.told_at, reports.status)) as status
    from candidates
    inner join reports
        on
            candidates.game_id = reports.game_id
            and candidates.player_id = reports.player_id
            and candidates.forecast_at >= reports.told_at
    group by all
),

submitted as (
    select distinct
        candidates.game_id,
        candidates.team_id
    from candidates
    inner join reports
        on
            candidates.game_id = reports.game_id
            and candidates.team_id = reports.team_id
            and candidates.forecast_at >= reports.told_at
),

announced_teams as (
    select distinct
        game_id,
        team_id
    from announced
),

final as (
    select
        candidates.game_id,
        candidates.team_id,
        candidates.player_id,
        candidates.forecast_at,
        coalesce(candidates.boxes_since_seen, {{ longest }}) as boxes_since_seen,
        -- Only the move ties him to the team, maybe with its report.
        candidates.moved_at is not null and candidates.last_seen_at is null
            as is_moved,
        coalesce(candidates.boxes_since_move, {{ longest }}) as boxes_since_move,
        coalesce(candidates.move_kind in ('two_way', 'ten_day'), false)
            as is_short_term,
        form.player_id is not null as has_career,
        listed.status,
        submitted.game_id is not null as is_submitted,
        announced.game_id is not null as is_starter,
        announced_teams.game_id is not null as is_lined_up,
        coalesce(
            announced_teams.game_id is not null and form.start_share_ewma >= 0.8, false
        ) as is_starter_expected,
        coalesce(availability.games_missed, 0) as games_missed,
        coalesce(availability.days_missed, 30) as days_missed,
        -- Until his team's newest game that is known; a summer at the opening.
        coalesce(date_diff(
            'day', availability.event_timestamp, candidates.forecast_at
        ), 30) as days_since_team_game,
        games.season_day,
        coalesce(availability.played_share_l10, 0.5) as played_share,
        coalesce(availability.played_share_l20, 0.5) as long_played_share,
        coalesce(form.min_l3, {{ new_player_min }}) as recent_min,
        coalesce(form.min_ewma, {{ new_player_min }}) as usual_min
    from candidates
    inner join games
        on candidates.game_id = games.game_id
    left join listed
        on
            candidates.game_id = listed.game_id
            and candidates.team_id = listed.team_id
            and candidates.player_id = listed.player_id
    left join submitted
        on
            candidates.game_id = submitted.game_id
            and candidates.team_id = submitted.team_id
    left join announced
        on
            candidates.game_id = announced.game_id
            and candidates.player_id = announced.player_id
    left join announced_teams
        on
            candidates.game_id = announced_teams.game_id
            and candidates.team_id = announced_teams.team_id
    asof left join form
        on
            candidates.player_id = form.player_id
            and candidates.forecast_at >= form.event_timestamp
    asof left join availability
        on
            candidates.player_id = availability.player_id
            and candidates.forecast_at >= availability.event_timestamp
)

select * from final
{{ and_rows_by_watermark("forecast_at") }}
