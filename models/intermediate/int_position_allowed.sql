-- What a team's opponents did and could be expected to do, by position: one row per
-- defending team, position, game and moment at which it became known (a correction adds
-- the new line and takes the old one back). Expected is what the players' own shrunken
-- rates before the game, else those of their position, give in the minutes they played.
with lines as (
    select * from {{ ref("int_player_lines") }}
    where min > 0 and is_cup_final is not true
    {{ after_watermark(changed_at(), "and") }}
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

talent as (
    select * from {{ ref("int_player_talent") }}
    where player_id in (select lines.player_id from lines)
),

league as (
    select * from {{ ref("int_position_rates") }}
),

expected as (
    select
        lines.*,
        {% for stat in box_stats() -%}
        coalesce(talent.{{ stat }}_per36_shrunk / 36, league.{{ stat }}_per_min)
        * lines.min as expected_{{ stat }},
        {% endfor -%}
        positions.position
    from lines
    inner join positions
        on
            lines.player_id = positions.player_id
            and lines.season = positions.season
    asof left join talent
        on
            lines.player_id = talent.player_id
            and lines.tipoff_at >= talent.event_timestamp
    asof left join league
        on
            positions.position = league.position
            and lines.tipoff_at >= league.known_at
),

changes as (
    {{ signed_changes("expected") | indent(4) }}
)

select
    opponent_team_id as team_id,
    position,
    game_id,
    season_year,
    game_date,
    known_at,
    {% for stat in box_stats() -%}
    cast(sum(sign * {{ stat }}) as bigint) as {{ stat }},
    sum(sign * expected_{{ stat }}) as expected_{{ stat }},
    {% endfor -%}
    sum(sign * possessions) as possessions,
    cast(sum(sign * min) as bigint) as min
from changes
where expected_pts is not null {{ after_watermark("known_at", "and") }}
group by all
{{ and_rows_by_watermark("known_at") }}
