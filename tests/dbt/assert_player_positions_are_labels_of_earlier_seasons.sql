-- A position is a label given after its season. Used within it, it would tell what the
-- player came to do that season.
with positions as (
    select * from {{ ref("int_player_positions") }}
    where is_position_labelled
),

labels as (
    select * from {{ ref("stg_player_seasons") }}
)

select
    positions.player_id,
    positions.season
from positions
anti join labels
    on
        positions.player_id = labels.player_id
        and positions.position = labels.position
        and positions.season > labels.season
