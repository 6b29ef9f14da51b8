{{ config(severity="warn") }}
-- Possessions are estimated from the box, and every rating per 100 divides by them.
-- Where stints cover a whole game they count possessions one by one (in the real data
-- about 0.9 % too few): the season's means must agree within 3 %, single games within
-- 4 possessions on the average.
-- The tolerance was measured, so a build reports it and goes on.
with estimated as (
    select
        team_games.game_id,
        team_games.season,
        team_games.minutes,
        cast(team_games.possessions as double) as possessions
    from {{ ref("int_team_games") }} as team_games
    where
        team_games.vintage = 0
        and team_games.is_home
        and team_games.has_box
),

counted as (
    select
        game_id,
        sum(home_poss + away_poss) / 2.0 as possessions,
        sum(seconds) / 60.0 as minutes
    from {{ ref("stg_impact_lineup_stints") }}
    where superseded_at is null
    group by game_id
)

select
    estimated.season,
    avg(estimated.possessions) as from_box,
    avg(counted.possessions) as from_stints,
    avg(abs(estimated.possessions - counted.possessions)) as mean_difference
from estimated
inner join counted
    on
        estimated.game_id = counted.game_id
        and abs(estimated.minutes - counted.minutes) < 0.1
group by estimated.season
having
    avg(estimated.possessions) / avg(counted.possessions) not between 0.97 and 1.03
    or avg(abs(estimated.possessions - counted.possessions)) > 4
