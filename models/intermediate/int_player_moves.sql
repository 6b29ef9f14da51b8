-- Where the newest roster move that was known says that a player is: one row per player
-- and moment at which moves became known. Null: with no team.
{% set career = {
    "partition": "player_id",
    "order": "known_at, transaction_date, day_order, to_team_id",
} %}
with moves as (
    select
        *,
        greatest(published_at, known_at) as told_at
    from {{ ref("stg_transactions") }}
),

-- In the order in which they happened. Of the moves of a day that has no order, who is
-- waived is signed afterwards.
ordered as (
    select
        player_id,
        transaction_date,
        day_order,
        to_team_id,
        told_at as known_at,
        struct_pack(
            moved_on := transaction_date,
            day_order := coalesce(day_order, 0),
            is_joining := to_team_id is not null,
            team_id := to_team_id,
            kind := transaction_type
        ) as what
    from moves
),

running as (
    select
        player_id,
        known_at,
        {{ rolling_state("what", aggregate="max", **career) }} as newest,
        {{ next("known_at", **career) }} as next_known_at
    from ordered
),

boxes as (
    select
        team_id,
        tipoff_at,
        boxes_before + cast(has_box as bigint) as boxes_by_then
    from {{ ref("int_roster_games") }}
),

states as (
    select
        player_id,
        known_at,
        next_known_at,
        struct_extract(newest, 'team_id') as team_id,
        struct_extract(newest, 'moved_on') as moved_on,
        struct_extract(newest, 'kind') as kind
    from running
    -- The last of those that became known together.
    where known_at is distinct from next_known_at
)

select
    states.player_id,
    states.team_id,
    states.moved_on,
    states.kind,
    states.known_at,
    states.next_known_at,
    coalesce(boxes.boxes_by_then, 0) as from_boxes_before
from states
asof left join boxes
    on
        states.team_id = boxes.team_id
        and states.known_at >= boxes.tipoff_at
