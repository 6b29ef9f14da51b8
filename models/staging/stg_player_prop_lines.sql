select
    game_date,
    player_name,
    bookmaker,
    market,
    line,
    over_price,
    under_price,
    {{ utc("observed_at_utc") }} as observed_at,
    {{ versions() }}
from {{ source("raw", "player_prop_lines") }}
where {{ known_rows() }}
