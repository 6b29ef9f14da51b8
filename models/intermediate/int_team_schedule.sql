-- The games of each team, played or not, in order.
with games as (
    select * from {{ ref("int_games") }}
),

sides as (
    select
        *,
        home_team_id as team_id,
        away_team_id as opponent_team_id,
        true as is_home
    from games
    union all
    select
        *,
        away_team_id as team_id,
        home_team_id as opponent_team_id,
        false as is_home
    from games
)

select
    game_id,
    team_id,
    opponent_team_id,
    is_home,
    season,
    game_date,
    tipoff_at,
    schedule_known_at,
    known_at,
    is_played,
    is_playoffs,
    is_cup_final,
    is_neutral_site,
    neutral_venue,
    season_day,
    {{ row_index("team_id", "tipoff_at, game_id") }} as team_game_number,
    {{ row_index("team_id, season", "tipoff_at, game_id") }} as season_game_number
from sides
