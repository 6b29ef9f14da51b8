-- What the league's players of a position did: one row per position, moment at which it
-- became known, and day. A correction adds the new line and takes the old one back.
with lines as (
    select * from {{ ref("int_player_lines") }}
    where min > 0 {{ unsettled(changed_at(), "and") }}
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

changes as (
    {{ signed_changes("lines") | indent(4) }}
)

select
    positions.position,
    changes.known_at,
    changes.game_date,
    {% for stat in box_stats() + ["min"] -%}
    cast(sum(changes.sign * changes.{{ stat }}) as bigint) as {{ stat }},
    {% endfor -%}
    sum(changes.sign * changes.possessions) as possessions,
    cast(sum(changes.sign * changes.plays) as decimal(18, 2)) as plays,
    sum(changes.sign * changes.team_plays) as team_plays
from changes
inner join positions
    on
        changes.player_id = positions.player_id
        and changes.season = positions.season
{{ unsettled("changes.known_at") }}
group by positions.position, changes.known_at, changes.game_date
{{ and_settled("known_at") }}
