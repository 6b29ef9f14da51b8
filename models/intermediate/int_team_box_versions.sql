-- What was known of a team's box when.
with boxes as (
    select * from {{ ref("stg_team_game_stats") }}
),

games as (
    select * from {{ ref("int_games") }}
)

select
    boxes.* exclude (known_at, superseded_at),
    {{ valid_from("boxes.known_at", "games.known_at") }} as valid_from,
    coalesce(boxes.superseded_at, timestamptz 'infinity') as valid_until
from boxes
inner join games
    on boxes.game_id = games.game_id
where games.is_played
