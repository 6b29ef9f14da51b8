select
    game_id,
    player_id,
    player_name,
    team_id,
    opponent_team_id,
    is_home = 1 as is_home,
    min,
    {% for stat in box_stats() -%}
    {{ stat }},
    {% endfor -%}
    plus_minus,
    {{ versions() }}
from {{ source("raw", "player_game_stats") }}
where {{ known_rows("game_id") }}
