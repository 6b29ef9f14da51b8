-- The lines that told, on time, which team a player is with: one row per player and
-- game, with the stretch of his team's box scores for which it is the newest word.
-- Games without a box score (old playoffs) do not count as missed.
{% set patience = 25 %}
{% set career = {
    "partition": "lines.player_id",
    "order": "lines.tipoff_at, lines.game_id",
} %}
with lines as (
    select distinct
        game_id,
        player_id,
        team_id,
        game_date,
        tipoff_at,
        game_known_at as known_at
    from {{ ref("int_player_lines") }}
    where valid_from = game_known_at
),

boxes as (
    select * from {{ ref("int_roster_games") }}
),

ordered as (
    select
        lines.*,
        boxes.boxes_before + 1 as box_number,
        {{ next("lines.known_at", **career) }} as next_seen_at,
        {{ next("lines.team_id", **career) }} as next_team_id,
        {{ next("boxes.boxes_before", **career) }} as next_boxes_before
    from lines
    inner join boxes
        on
            lines.game_id = boxes.game_id
            and lines.team_id = boxes.team_id
)

select
    game_id,
    player_id,
    team_id,
    game_date,
    tipoff_at,
    known_at,
    next_seen_at,
    box_number as from_boxes_before,
    case
        when next_team_id = team_id
            then least(next_boxes_before, box_number + {{ patience }} - 1)
        else box_number + {{ patience }} - 1
    end as to_boxes_before
from ordered
