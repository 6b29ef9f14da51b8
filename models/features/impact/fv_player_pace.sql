with ratings as (
    select * from {{ ref("int_player_pace_ratings") }}
)

select
    player_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    {{ feature("pace_impact", 4) }} as pace_impact,
    {{ feature("pace_impact_sd", 4) }} as pace_impact_sd,
    {{ feature("exposure_minutes", 4) }} as pace_exposure_min
from ratings
