with candidates as (
    select * from {{ ref("int_roster_candidates") }}
    {{ after_watermark("forecast_at") }}
),

games as (
    select * from {{ ref("int_roster_games") }}
),

attacks as (
    select * from {{ ref("fv_player_shots") }}
    where player_id in (select candidates.player_id from candidates)
),

shots as (
    select * from {{ ref("fv_team_shots") }}
),

-- A game's defence is looked up once for all who meet it.
defenses as (
    select
        games.game_id,
        games.team_id,
        shots.* exclude (team_id)  -- noqa: RF02
    from games
    asof inner join shots
        on
            games.opponent_team_id = shots.team_id
            and games.forecast_at >= shots.event_timestamp
)

select
    candidates.game_id,
    candidates.player_id,
    candidates.forecast_at as event_timestamp,
    candidates.forecast_at as created_timestamp,
    {{ style_shifts("attack", "defense") }}
from candidates
asof inner join attacks as attack
    on
        candidates.player_id = attack.player_id
        and candidates.forecast_at >= attack.event_timestamp
inner join defenses as defense
    on
        candidates.game_id = defense.game_id
        and candidates.team_id = defense.team_id
{{ and_rows_by_watermark() }}
