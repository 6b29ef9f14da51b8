select
    player_id,
    player_name,
    birthdate,
    12 * try_cast(split_part(height, '-', 1) as bigint)
    + try_cast(split_part(height, '-', 2) as bigint) as height_inches,
    weight as weight_lb,
    country,
    {{ versions() }}
from {{ source("raw", "players") }}
where {{ known_rows() }}
