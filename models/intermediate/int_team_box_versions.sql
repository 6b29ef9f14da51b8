-- What was known of a team's box when.
with boxes as (
    select * from {{ ref("stg_team_game_stats") }}
),

games as (
    select * from {{ ref("int_games") }}
)

select
    boxes.game_id,
    boxes.team_id,
    boxes.opponent_team_id,
    boxes.is_home,
    boxes.minutes,
    boxes.fgm,
    boxes.fga,
    boxes.fg3m,
    boxes.fg3a,
    boxes.ftm,
    boxes.fta,
    boxes.oreb,
    boxes.dreb,
    boxes.reb,
    boxes.ast,
    boxes.stl,
    boxes.blk,
    boxes.tov,
    boxes.pf,
    boxes.pts,
    {{ valid_from("boxes.known_at", "games.known_at") }} as valid_from,
    coalesce(boxes.superseded_at, timestamptz 'infinity') as valid_until
from boxes
inner join games
    on boxes.game_id = games.game_id
where games.is_played
