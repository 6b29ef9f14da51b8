select
    game_id,
    stint_idx as stint_index,
    period,
    start_elapsed,
    end_elapsed,
    seconds,
    home_p1,
    home_p2,
    home_p3,
    home_p4,
    home_p5,
    away_p1,
    away_p2,
    away_p3,
    away_p4,
    away_p5,
    home_pts,
    away_pts,
    home_poss,
    away_poss,
    {{ versions() }}
from {{ source("raw", "impact_lineup_stints") }}
where {{ known_rows("game_id") }}
