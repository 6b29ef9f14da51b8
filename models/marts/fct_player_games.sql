with lines as (
    select * from {{ ref("int_player_lines") }}
    where valid_until = timestamptz 'infinity'
),

games as (
    select * from {{ ref("int_games") }}
),

positions as (
    select * from {{ ref("int_player_positions") }}
)

select
    lines.game_id,
    lines.player_id,
    lines.team_id,
    lines.opponent_team_id,
    lines.is_home,
    positions.position,
    lines.season,
    games.season_type,
    lines.game_date,
    lines.tipoff_at,
    games.forecast_at,
    lines.is_starter,
    lines.min,
    {% for stat in box_stats() -%}
        lines.{{ stat }},
    {% endfor -%}
    lines.plus_minus
from lines
inner join games
    on lines.game_id = games.game_id
inner join positions
    on
        lines.player_id = positions.player_id
        and lines.season = positions.season
