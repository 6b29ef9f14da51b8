-- The states are those of the box scores; shots join as they were known by then.
{% set zones = shot_zones() %}
{% set window = {
    "partition": "player_id",
    "order": "known_at, day_number, game_id",
    "index": "day_number",
    "now": "newest_day",
    "half_life": 120,
} %}
{#- How many shots of the position's a player's own are mixed with; assisted makes. -#}
{% set strength, assisted_strength = 20, 15 %}
{#- How many of a player's makes box scores expect to be assisted: logistic in his share
    of threes among makes and his assists a shot, fitted on 2015-16 to 2018-19. -#}
{% set assisted_odds = (
    "0.92 + 0.86 * "
    ~ ratio("talent.fg3m_per36_shrunk", "talent.fgm_per36_shrunk")
    ~ " - 2.97 * " ~ ratio("talent.ast_per36_shrunk", "talent.fga_per36_shrunk")
) %}
with states as (
    {{ with_news(
        ref("int_player_states"), "player_id", "event_timestamp"
    ) | indent(4) }}
),

shots as (
    select * from {{ ref("int_player_shots") }}
    where player_id in (select states.player_id from states)
),

talent as (
    select * from {{ ref("int_player_talent") }}
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

league as (
    select * from {{ ref("int_position_shots") }}
),

dated as (
    select
        *,
        {{ rolling_state("day_number", "player_id", window["order"], aggregate="max") }}
            as newest_day
    from shots
),

decayed as (
    select
        player_id,
        known_at,
        {% for zone in zones -%}
        {{ decayed_sum(zone ~ "_fga", **window) }} as {{ zone }}_fga,
        {% endfor -%}
        {{ decayed_sum("fga", **window) }} as fga,
        {{ decayed_sum("fgm", **window) }} as fgm,
        {{ decayed_sum("assisted_fgm", **window) }} as assisted_fgm,
        {{ decayed_sum("fouls_drawn", **window) }} as fouls_drawn
    from dated
    qualify {{ row_index("player_id, known_at", "day_number desc, game_id desc") }} = 1
)

select
    states.player_id,
    states.event_timestamp,
    states.event_timestamp as created_timestamp,
    {% for zone in zones -%}
    {{ feature(shrink(
        "coalesce(decayed." ~ zone ~ "_fga, 0)", "coalesce(decayed.fga, 0)",
        "league." ~ zone ~ "_share", strength
    )) }} as {{ zone }}_share_shrunk,
    {% endfor -%}
    {{ feature(shrink(
        "coalesce(decayed.fouls_drawn, 0)", "coalesce(decayed.fga, 0)",
        "league.fouls_drawn_rate", strength
    )) }} as fouls_drawn_rate_shrunk,
    {{ feature(shrink(
        "coalesce(decayed.assisted_fgm, 0)", "coalesce(decayed.fgm, 0)",
        "1 / (1 + exp(-(" ~ assisted_odds ~ ")))", assisted_strength
    )) }} as assisted_share_shrunk,
    {{ feature(ratio("talent.fg3a_per36_shrunk", "talent.fga_per36_shrunk")) }}
        as fg3a_rate_shrunk,
    {{ feature(ratio("talent.fta_per36_shrunk", "talent.fga_per36_shrunk")) }}
        as fta_rate_shrunk
from states
inner join talent
    on
        states.player_id = talent.player_id
        and states.event_timestamp = talent.event_timestamp
inner join positions
    on
        states.player_id = positions.player_id
        and states.season = positions.season
asof left join decayed
    on
        states.player_id = decayed.player_id
        and states.event_timestamp >= decayed.known_at
asof left join league
    on
        positions.position = league.position
        and states.event_timestamp >= league.known_at
{{ after_watermark("states.event_timestamp") }}
{{ and_rows_by_watermark() }}
