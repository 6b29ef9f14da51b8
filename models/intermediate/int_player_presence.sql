-- Whether the players of a roster played: one row per player and game of the team he
-- played for, else was with. Minutes as first known; null where there is no box score.
with boxes as (
    select * from {{ ref("int_roster_games") }}
    {{ after_watermark("known_at") }}
),

candidates as (
    select * from {{ ref("int_roster_candidates") }}
    where game_id in (select boxes.game_id from boxes)
),

appearances as (
    select
        game_id,
        team_id,
        player_id,
        max(min) as min
    from {{ ref("int_player_lines") }}
    where
        min > 0
        and valid_from = game_known_at
        and game_id in (select boxes.game_id from boxes)
    group by game_id, team_id, player_id
),

present as (
    select
        game_id,
        team_id,
        player_id,
        known_at as tied_at
    from candidates
    union all by name
    select
        game_id,
        team_id,
        player_id,
        min
    from appearances
),

summed as (
    select
        game_id,
        player_id,
        coalesce(max(team_id) filter (where min > 0), min(team_id)) as team_id,
        max(tied_at) as tied_at,
        max(min) as min
    from present
    group by game_id, player_id
)

select
    summed.game_id,
    summed.team_id,
    summed.player_id,
    boxes.game_date,
    boxes.tipoff_at,
    boxes.known_at,
    boxes.has_box,
    summed.tied_at,
    case when boxes.has_box then coalesce(summed.min, 0) end as min,
    case when boxes.has_box then summed.min is not null end as has_played
from summed
inner join boxes
    on
        summed.game_id = boxes.game_id
        and summed.team_id = boxes.team_id
{{ and_rows_by_watermark("known_at") }}
