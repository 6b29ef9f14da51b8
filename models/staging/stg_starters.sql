select
    game_id,
    player_id,
    {{ versions() }}
from {{ source("raw", "starters") }}
where {{ known_rows("game_id") }}
