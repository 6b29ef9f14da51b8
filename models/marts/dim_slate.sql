{#- dbt parses the whole project again when a var changes, and this file when an
    environment variable does that it reads before execution. -#}
{%- set told = env_var("TIPOFF_GAME_DATE", "") if execute -%}
{%- set day = var("game_date", none) or told -%}
{%- set chosen = "'" ~ day ~ "'" if day else "null" -%}
with games as (
    select * from {{ ref("int_games") }}
),

teams as (
    select * from {{ ref("stg_teams") }}
),

last_played as (
    select max(tipoff_at) as tipoff_at
    from games
    where is_played
),

-- The chosen day; else the next one with a game to come; else the newest of all.
slate_day as (
    select
        coalesce(
            cast({{ chosen }} as date),
            min(games.game_date) filter (
                where not games.is_played
                and games.tipoff_at
                > coalesce(last_played.tipoff_at, timestamptz '-infinity')
            ),
            max(games.game_date)
        ) as game_date
    from games
    cross join last_played
)

select
    games.game_id,
    games.season,
    games.season_type,
    games.game_date,
    games.tipoff_at,
    games.forecast_at,
    games.home_team_id,
    home_teams.team_abbreviation as home_team,
    home_teams.team_name as home_team_name,
    games.away_team_id,
    away_teams.team_abbreviation as away_team,
    away_teams.team_name as away_team_name,
    venues.venue,
    games.is_playoffs,
    games.is_neutral_site,
    games.is_played
from games
inner join slate_day
    on games.game_date = slate_day.game_date
inner join teams as home_teams
    on games.home_team_id = home_teams.team_id
inner join teams as away_teams
    on games.away_team_id = away_teams.team_id
inner join {{ ref("int_game_venues") }} as venues
    on games.game_id = venues.game_id
