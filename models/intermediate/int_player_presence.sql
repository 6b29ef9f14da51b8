-- Whether the players of a roster played: one row per player and box score of the team
-- he was with, or played for.
with candidates as (
    select * from {{ ref("int_roster_candidates") }}
),

boxes as (
    select * from {{ ref("int_roster_games") }}
    where has_box
),

appearances as (
    select * from {{ ref("int_player_lines") }}
    where min > 0 and valid_from = game_known_at
),

played as (
    select distinct
        game_id,
        team_id,
        player_id
    from appearances
),

present as (
    select
        game_id,
        team_id,
        player_id,
        false as has_played
    from candidates
    union all
    select
        game_id,
        team_id,
        player_id,
        true as has_played
    from played
)

select
    present.game_id,
    present.team_id,
    present.player_id,
    boxes.game_date,
    boxes.tipoff_at,
    boxes.known_at,
    bool_or(present.has_played) as has_played
from present
inner join boxes
    on
        present.game_id = boxes.game_id
        and present.team_id = boxes.team_id
group by all
