with ratings as (
    select * from {{ ref("int_player_ratings") }}
)

select
    player_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    {{ feature("off_impact", 4) }} as off_impact,
    {{ feature("def_impact", 4) }} as def_impact,
    {{ feature("impact", 4) }} as impact,
    {{ feature("off_impact_sd", 4) }} as off_impact_sd,
    {{ feature("def_impact_sd", 4) }} as def_impact_sd,
    {{ feature("impact_sd", 4) }} as impact_sd,
    {{ feature("box_off_impact", 4) }} as box_off_impact,
    {{ feature("box_def_impact", 4) }} as box_def_impact,
    {{ feature("exposure_stint_units", 4) }} as exposure_stint_units
from ratings
