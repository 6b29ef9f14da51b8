with games as (
    select * from {{ ref("int_games") }}
),

boxed as (
    select distinct game_id from {{ ref("int_team_box_versions") }}
)

select
    games.game_id,
    games.season,
    games.season_type,
    games.game_date,
    games.tipoff_at,
    games.forecast_at,
    games.known_at,
    games.home_team_id,
    games.away_team_id,
    games.is_playoffs,
    games.is_neutral_site,
    games.home_pts,
    games.away_pts,
    games.home_pts - games.away_pts as home_margin,
    games.home_pts + games.away_pts as total_points,
    games.home_pts > games.away_pts as home_win,
    games.periods,
    case when games.home_pts is not null then boxed.game_id is not null end as has_box
from games
left join boxed
    on games.game_id = boxed.game_id
