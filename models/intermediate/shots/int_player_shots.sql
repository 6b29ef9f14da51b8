-- Play-by-play of a game is taken once, so a row has one version.
{% set zones = shot_zones() %}
with shots as (
    select * from {{ ref("stg_play_by_play_shots") }}
),

games as (
    select * from {{ ref("int_games") }}
    where is_played and is_cup_final is not true
),

positions as (
    select * from {{ ref("int_player_positions") }}
)

select
    shots.game_id,
    shots.team_id,
    case
        when shots.team_id = games.home_team_id then games.away_team_id
        else games.home_team_id
    end as opponent_team_id,
    shots.player_id,
    games.game_date,
    date_diff('day', date '1980-01-01', games.game_date) as day_number,
    {% for zone in zones -%}
    shots.{{ zone }}_fga,
    {% endfor -%}
    {% for what in ["fga", "fgm"] -%}
    {% for zone in zones %}shots.{{ zone }}_{{ what }}{{ " + " if not loop.last }}
    {%- endfor %} as {{ what }},
    {% endfor -%}
    shots.assisted_fgm,
    shots.fouls_drawn,
    {{ valid_from("shots.known_at", "games.known_at") }} as known_at,
    coalesce(positions.position, 'unknown') as position  -- noqa: RF04
from shots
inner join games
    on shots.game_id = games.game_id
left join positions
    on
        shots.player_id = positions.player_id
        and games.season = positions.season
