-- Own and opponent's facts come from two rows of the source. Without this test a side
-- joined to the wrong row would give every allowed statistic to another team.
with team_games as (
    select * from {{ ref("int_team_games") }}
    where vintage = 0
)

select
    own.game_id,
    own.team_id
from team_games as own
inner join team_games as opponent
    on
        own.game_id = opponent.game_id
        and own.opponent_team_id = opponent.team_id
where
    own.pts != opponent.opp_pts
    or own.fga != opponent.opp_fga
    or own.dreb != opponent.opp_dreb
    or own.possessions != opponent.possessions
    or own.is_home = opponent.is_home
