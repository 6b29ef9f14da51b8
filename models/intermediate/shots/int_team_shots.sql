-- A team's shots and those it allowed, of box scores and of play-by-play: one row per
-- team, game and moment at which something became known (a correction adds the new box
-- and takes the old one back). Play-by-play of a game is taken once.
{% set counts = team_shot_counts() %}
{% set all_counts = counts["box"] + counts["play_by_play"] %}
with boxes as (
    select * from {{ ref("int_team_box_versions") }}
),

shots as (
    select * from {{ ref("int_player_shots") }}
),

schedule as (
    select * from {{ ref("int_team_schedule") }}
    where is_cup_final is not true
),

changes as (
    select
        game_id,
        team_id,
        opponent_team_id,
        {{ counts["box"] | join(",\n        ") }},
        valid_from as known_at
    from boxes
    where fga is not null
    union all
    select
        game_id,
        team_id,
        opponent_team_id,
        {% for count in counts["box"] -%}
        -{{ count }} as {{ count }},
        {% endfor -%}
        valid_until as known_at
    from boxes
    where fga is not null and valid_until < timestamptz 'infinity'
    union all by name
    select
        game_id,
        team_id,
        opponent_team_id,
        {% for zone in shot_zones() -%}
        {{ zone }}_fga,
        {% endfor -%}
        fouls_drawn,
        fga as shots,
        known_at
    from shots
),

sides as (
    select * exclude (opponent_team_id)
    from changes
    union all by name
    select
        game_id,
        opponent_team_id as team_id,
        {% for count in all_counts -%}
        {{ count }} as {{ count }}_allowed,
        {% endfor -%}
        known_at
    from changes
)

select
    sides.game_id,
    sides.team_id,
    sides.known_at,
    schedule.game_date,
    {% for count in all_counts -%}
    cast(coalesce(sum(sides.{{ count }}), 0) as bigint) as {{ count }},
    cast(coalesce(sum(sides.{{ count }}_allowed), 0) as bigint) as {{ count }}_allowed,
    {% endfor -%}
    date_diff('day', date '1980-01-01', schedule.game_date) as day_number,
    {{ team_clock(
        "schedule.team_game_number", "cast(left(schedule.season, 4) as bigint)"
    ) }} as clock
from sides
inner join schedule
    on
        sides.game_id = schedule.game_id
        and sides.team_id = schedule.team_id
group by all
