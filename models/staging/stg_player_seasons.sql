select
    player_id,
    season,
    position,
    {{ versions() }}
from {{ source("raw", "player_seasons") }}
where {{ known_rows() }}
