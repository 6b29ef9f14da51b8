select
    team_id,
    team_abbreviation,
    team_name
from {{ source("raw", "teams") }}
where superseded_at is null
