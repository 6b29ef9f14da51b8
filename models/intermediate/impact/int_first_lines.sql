{{ config(materialized="replaced_view") }}
-- Every box score as it was first known (see int_first_stints), and whether the game
-- had stints by then: without, ratings take it as a whole.
with lines as (
    select * from {{ ref("stg_player_game_stats") }}
),

games as (
    select * from {{ ref("int_games") }}
    where is_played and is_cup_final is not true
),

stints as (
    select
        game_id,
        min(counted_on) as counted_on
    from {{ ref("int_first_stints") }}
    group by game_id
),

replaced as (
    select
        game_id,
        player_id,
        min(superseded_at) as superseded_at
    from lines
    where superseded_at is not null
    group by game_id, player_id
),

first_lines as (
    select
        lines.game_id,
        lines.player_id,
        lines.team_id,
        lines.is_home,
        lines.known_at,
        lines.min,
        {% for stat in box_stats() -%}
        lines.{{ stat }},
        {% endfor -%}
        lines.plus_minus,
        {{ counted_on("lines.known_at", "games") }} as counted_on
    from lines
    inner join games
        on lines.game_id = games.game_id
    left join replaced
        on
            lines.game_id = replaced.game_id
            and lines.player_id = replaced.player_id
            and lines.known_at >= replaced.superseded_at
    where replaced.game_id is null
)

select
    first_lines.*,
    coalesce(stints.counted_on <= first_lines.counted_on, false) as has_stints
from first_lines
left join stints
    on first_lines.game_id = stints.game_id
