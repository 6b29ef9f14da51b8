select
    game_id,
    team_id,
    player_id,
    {% for count in shot_counts() -%}
    {{ count }},
    {% endfor -%}
    {{ versions() }}
from {{ source("play_by_play", "play_by_play_shots") }}
where {{ known_rows("game_id") }}
