select
    game_id,
    team_id,
    player_id,
    {{ eastern("report_at_et") }} as published_at,
    game_date,
    team as team_name,
    player as player_name,
    status,
    reason,
    {{ versions() }}
from {{ source("raw", "injury_reports") }}
where
    {{ known_rows() }}
    and {{ eastern("report_at_et") }} <= {{ as_of() }}
