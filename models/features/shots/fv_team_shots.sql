{% set counts = team_shot_counts() %}
{% set window = {
    "partition": "team_id",
    "order": "known_at, clock, game_id",
    "index": "clock",
    "now": "now_clock",
    "half_life": 15,
} %}
{#- How many of the league's shots (or makes) a team's are mixed with. -#}
{% set strength = 400 %}
with shots as (
    select * from {{ ref("int_team_shots") }}
),

league as (
    select * from {{ ref("int_league_shots") }}
),

clocked as (
    select
        *,
        {{ rolling_state("clock", "team_id", window["order"], aggregate="max") }}
            as now_clock
    from shots
),

decayed as (
    select
        {% for count in counts["box"] + counts["play_by_play"] -%}
        {{ decayed_sum(count, **window) }} as {{ count }},
        {{ decayed_sum(count ~ "_allowed", **window) }} as {{ count }}_allowed,
        {% endfor -%}
        team_id,
        known_at
    from clocked
    qualify {{ row_index("team_id, known_at", "clock desc, game_id desc") }} = 1
)

select
    decayed.team_id,
    {% for name, (part, whole) in team_shot_shares().items() -%}
    {% set mean = "league." ~ name -%}
    {{ feature(shrink(
        "decayed." ~ part, "decayed." ~ whole, mean, strength
    )) }} as {{ name }}_shrunk,
    {{ feature(ratio(
        shrink(
            "decayed." ~ part ~ "_allowed", "decayed." ~ whole ~ "_allowed",
            mean, strength
        ),
        mean
    )) }} as {{ name }}_allowed,
    {% endfor -%}
    decayed.known_at as event_timestamp,
    decayed.known_at as created_timestamp
from decayed
asof left join league
    on decayed.known_at >= league.known_at
