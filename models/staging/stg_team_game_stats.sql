select
    game_id,
    team_id,
    opponent_team_id,
    is_home = 1 as is_home,
    min as minutes,
    fgm,
    fga,
    fg3m,
    fg3a,
    ftm,
    fta,
    oreb,
    dreb,
    reb,
    ast,
    stl,
    blk,
    tov,
    pf,
    pts,
    {{ versions() }}
from {{ source("raw", "team_game_stats") }}
where {{ known_rows("game_id") }}
