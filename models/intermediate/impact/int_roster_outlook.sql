-- What the moment of the forecast expects of everyone on a roster. The chances are
-- logistic in what is known of him: coefficients fitted on 2016-17 to 2019-20 (history)
-- and 2022-23 (reports).
{% set new_player = {"off": -1.25, "def": -1.25, "sd": 2, "min": 5} %}
with candidates as (
    select * from {{ ref("int_roster_candidates") }}
    {{ unsettled("forecast_at") }}
),

form as (
    select * from {{ ref("fv_player_form") }}
    where player_id in (select candidates.player_id from candidates)
),

availability as (
    select * from {{ ref("fv_player_availability") }}
    where player_id in (select candidates.player_id from candidates)
),

impact as (
    select * from {{ ref("fv_player_impact") }}
    where player_id in (select candidates.player_id from candidates)
),

pace as (
    select * from {{ ref("fv_player_pace") }}
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

known as (
    select
        candidates.game_id,
        candidates.team_id,
        candidates.player_id,
        candidates.forecast_at,
        listed.status,
        submitted.game_id is not null as is_submitted,
        announced.game_id is not null as is_starter,
        coalesce(
            announced_teams.game_id is not null and form.start_share_ewma >= 0.8, false
        ) as is_starter_expected,
        coalesce(availability.games_missed, 0) as games_missed,
        coalesce(availability.days_missed, 30) as days_missed,
        coalesce(availability.played_share_l10, 0.5) as played_share,
        coalesce(availability.played_share_l20, 0.5) as long_played_share,
        coalesce(form.min_l3, {{ new_player["min"] }}) as recent_min,
        coalesce(form.min_ewma, {{ new_player["min"] }}) as usual_min,
        coalesce(impact.off_impact, {{ new_player["off"] }}) as off_impact,
        coalesce(impact.def_impact, {{ new_player["def"] }}) as def_impact,
        coalesce(impact.impact_sd, {{ new_player["sd"] }}) as impact_sd,
        impact.player_id is not null as is_rated,
        coalesce(pace.pace_impact, 0) as pace_impact
    from candidates
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
    asof left join impact
        on
            candidates.player_id = impact.player_id
            and candidates.forecast_at >= impact.event_timestamp
    asof left join pace
        on
            candidates.player_id = pace.player_id
            and candidates.forecast_at >= pace.event_timestamp
),

history as (
    select
        *,
        -0.4
        - 0.25 * ln(1 + greatest(games_missed, 0))
        - 0.6 * ln(1 + least(greatest(days_missed, 0), 400))
        + 0.95 * played_share
        - 0.015 * recent_min
        + 0.05 * least(usual_min, 15)
        + if(games_missed = 0, 0.4 * long_played_share + 0.1 * recent_min - 1, 0)
            as log_odds
    from known
),

chances as (
    select
        *,
        case
            when is_starter then 7
            when status = 'Out' then -5.3
            when status = 'Doubtful' then -3.5
            when status = 'Questionable' then 0
            when status = 'Probable' then 1.8 + 0.35 * log_odds
            when status = 'Available' then 1.1 + 0.6 * log_odds
            -- Of those whom a submitted report does not name, more play.
            when is_submitted then 0.45 + log_odds
            else log_odds
        -- A usual starter who is not named rarely plays.
        end - if(is_starter_expected and not is_starter, 2, 0) as told_log_odds
    from history
),

final as (
    select
        *,
        off_impact + def_impact as impact,
        1 / (1 + exp(-told_log_odds)) as play_chance,
        usual_min * play_chance as expected_min,
        -- Whoever has been away for ten games is not missed as a surprise any more.
        case when games_missed < 10 then usual_min else 0 end as healthy_min
    from chances
)

select * from final
{{ and_settled("forecast_at") }}
