-- Names for people: of the players, and of whoever only a roster move tells.
with players as (
    select * from {{ ref("stg_players") }}
    where superseded_at is null
),

movers as (
    select
        player_id,
        max(player_name) as player_name
    from {{ ref("stg_transactions") }}
    where player_id not in (select players.player_id from players)
    group by player_id
)

select
    player_id,
    player_name
from players
union all
select
    player_id,
    coalesce(player_name, 'Player ' || player_id) as player_name
from movers
