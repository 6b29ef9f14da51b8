with games as (
    select * from {{ ref("int_games") }}
)

select
    game_id,
    season,
    season_type,
    game_date,
    tipoff_at,
    forecast_at,
    known_at,
    home_team_id,
    away_team_id,
    is_playoffs,
    is_neutral_site,
    home_pts,
    away_pts,
    home_pts - away_pts as home_margin,
    home_pts + away_pts as total_points,
    home_pts > away_pts as home_win,
    periods
from games
