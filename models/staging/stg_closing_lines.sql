select
    game_id,
    home_spread,
    total,
    moneyline_home,
    moneyline_away,
    {{ versions() }}
from {{ source("raw", "closing_lines") }}
where {{ known_rows() }}
