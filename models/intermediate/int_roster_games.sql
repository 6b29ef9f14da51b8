-- Every team's games with the number of its earlier box scores: one row per team and
-- game.
with games as (
    select * from {{ ref("int_games") }}
),

schedule as (
    select * from {{ ref("int_team_schedule") }}
),

boxed as (
    select distinct
        game_id,
        team_id
    from {{ ref("int_player_lines") }}
    where valid_from = game_known_at
),

team_games as (
    select
        schedule.game_id,
        schedule.team_id,
        schedule.opponent_team_id,
        schedule.is_home,
        schedule.season,
        games.season_type,
        schedule.game_date,
        schedule.tipoff_at,
        schedule.known_at,
        games.forecast_at,
        boxed.game_id is not null as has_box
    from schedule
    inner join games
        on schedule.game_id = games.game_id
    left join boxed
        on
            schedule.game_id = boxed.game_id
            and schedule.team_id = boxed.team_id
)

select
    *,
    cast(coalesce({{ rolling_prior(
        "cast(has_box as bigint)", "team_id", "tipoff_at, game_id"
    ) }}, 0) as bigint) as boxes_before
from team_games
