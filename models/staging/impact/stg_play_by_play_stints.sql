select
    game_id,
    stint_idx as stint_index,
    period,
    start_elapsed,
    end_elapsed,
    seconds,
    {% for side in ["home", "away"] -%}
    {% for one in range(1, 6) -%}
    {{ side }}_p{{ one }},
    {% endfor -%}
    {% endfor -%}
    home_pts,
    away_pts,
    home_poss,
    away_poss,
    {{ versions() }}
from {{ source("play_by_play", "play_by_play_stints") }}
where {{ known_rows("game_id") }}
