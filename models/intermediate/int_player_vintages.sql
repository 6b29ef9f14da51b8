-- The stretches between corrections that touch a player: one row per player and
-- vintage, a single one where nothing was ever corrected.
with lines as (
    select * from {{ ref("int_player_lines") }}
),

corrections as (
    select distinct
        player_id,
        case when valid_from > game_known_at then valid_from end as corrected_at
    from lines
    union
    select
        player_id,
        null as corrected_at
    from lines
)

{{ vintages("corrections", ["player_id"]) }}
