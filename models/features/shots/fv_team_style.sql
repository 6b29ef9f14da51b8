with games as (
    select * from {{ ref("int_roster_games") }}
),

shots as (
    select * from {{ ref("fv_team_shots") }}
)

select
    games.game_id,
    games.team_id,
    games.forecast_at as event_timestamp,
    games.forecast_at as created_timestamp,
    {{ style_shifts("attack", "defense") }}
from games
asof left join shots as attack
    on
        games.team_id = attack.team_id
        and games.forecast_at >= attack.event_timestamp
asof left join shots as defense
    on
        games.opponent_team_id = defense.team_id
        and games.forecast_at >= defense.event_timestamp
