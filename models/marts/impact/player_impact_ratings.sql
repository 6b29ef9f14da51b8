{{ config(materialized="replaced_view") }}
-- A player is of the team of his newest game in the season of the rating.
with ratings as (
    select * from {{ ref("int_player_ratings") }}
),

days as (
    select distinct
        game_date,
        season
    from {{ ref("int_games") }}
),

appearances as (
    select
        player_id,
        season,
        game_date,
        max(team_id) as team_id
    from {{ ref("int_player_lines") }}
    where min > 0 and valid_until = timestamptz 'infinity'
    group by player_id, season, game_date
),

players as (
    select * from {{ ref("stg_players") }}
    where superseded_at is null
),

teams as (
    select * from {{ ref("stg_teams") }}
)

select
    days.season,
    appearances.team_id,
    teams.team_abbreviation as team,
    ratings.player_id,
    players.player_name,
    cast(ratings.rating_date as date) as rating_date,
    {% for name in [
        "off_impact", "def_impact", "impact",
        "off_impact_sd", "def_impact_sd", "impact_sd",
        "box_off_impact", "box_def_impact", "exposure_stint_units",
    ] -%}
    {{ feature("ratings." ~ name, 4) }} as {{ name }},
    {% endfor -%}
    ratings.event_timestamp as rated_at
from ratings
inner join days
    on ratings.rating_date = days.game_date
asof inner join appearances
    on
        ratings.player_id = appearances.player_id
        and days.season = appearances.season
        and ratings.rating_date >= appearances.game_date
left join players
    on ratings.player_id = players.player_id
left join teams
    on appearances.team_id = teams.team_id
