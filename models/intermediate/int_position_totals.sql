-- What the league's players of a position did: one row per position, moment at which it
-- became known, and day. A correction adds the new line and takes the old one back.
{% set types = {
    "possessions": "double", "plays": "decimal(18, 2)", "team_plays": "double"
} %}
with lines as (
    select * from {{ ref("int_player_lines") }}
    where min > 0 and is_cup_final is not true
    {{ after_watermark(changed_at(), "and") }}
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
    {% for stat in player_sums() -%}
    cast(sum(changes.sign * changes.{{ stat }}) as {{ types.get(stat, "bigint") }})
        as {{ stat }},
    {% endfor -%}
    cast(sum(changes.sign * changes.min) as bigint) as min
from changes
inner join positions
    on
        changes.player_id = positions.player_id
        and changes.season = positions.season
{{ after_watermark("changes.known_at") }}
group by positions.position, changes.known_at, changes.game_date
{{ and_rows_by_watermark("known_at") }}
