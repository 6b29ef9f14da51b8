-- What was known of a team's totals when: one row per team, game and version.
with versions as (
    select * from {{ ref("int_team_box_versions") }}
)

select
    own.game_id,
    own.team_id,
    own.minutes / 5.0 as game_min,
    (
        {{ possessions("own", "opponent") }}
        + {{ possessions("opponent", "own") }}
    ) / 2 as team_possessions,
    cast(own.fga + 0.44 * own.fta + own.tov as decimal(12, 2)) as team_plays,
    greatest(own.valid_from, opponent.valid_from) as valid_from,
    least(own.valid_until, opponent.valid_until) as valid_until
from versions as own
inner join versions as opponent
    on
        own.game_id = opponent.game_id
        and own.opponent_team_id = opponent.team_id
        and own.valid_from < opponent.valid_until
        and own.valid_until > opponent.valid_from
