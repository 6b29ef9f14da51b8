{% set half_life = 25 %}
{% set window = {
    "partition": "team_id, position",
    "order": "known_at, clock, game_id",
    "index": "clock",
    "now": "now_clock",
    "half_life": half_life,
} %}
with allowed as (
    select * from {{ ref("int_position_allowed") }}
),

schedule as (
    select * from {{ ref("int_team_schedule") }}
),

seasons as (
    select * from {{ ref("int_season_openings") }}
),

league as (
    select * from {{ ref("int_position_league") }}
),

after_games as (
    select
        allowed.*,
        {{ team_clock("schedule.team_game_number", "allowed.season_year") }} as clock
    from allowed
    inner join schedule
        on
            allowed.game_id = schedule.game_id
            and allowed.team_id = schedule.team_id
),

at_openings as (
    select
        after_games.team_id,
        after_games.position,
        seasons.opens_at as known_at,
        max(after_games.clock) + 20 as clock
    from after_games
    inner join seasons
        on after_games.season_year + 1 = seasons.season_year
    group by all
),

states as (
    select * from after_games
    union all by name
    select * from at_openings
),

known as (
    {{ with_news("states", "team_id", "known_at") | indent(4) }}
),

clocked as (
    select
        *,
        {{ rolling_state(
            "clock", "team_id, position", window["order"], aggregate="max"
        ) }} as now_clock
    from known
),

decayed as (
    select
        team_id,
        position,
        known_at,
        {{ decayed_sum("possessions", **window) }} as possessions,
        {% for stat in box_stats() -%}
        {{ decayed_sum(stat, **window) }} as {{ stat }},
        {{ decayed_sum("expected_" ~ stat, **window) }} as expected_{{ stat }},
        {% endfor -%}
        {{ decayed_sum("min", **window) }} as min
    from clocked
    qualify {{ row_index(
        "team_id, position, known_at", "clock desc, game_id desc"
    ) }} = 1
)

select
    decayed.team_id,
    decayed.position,
    decayed.known_at as event_timestamp,
    decayed.known_at as created_timestamp,
    {% for stat, strength in dvp_prior_minutes().items() -%}
    {{ feature(per_36("decayed." ~ stat, "decayed.min")) }}
        as {{ stat }}_allowed_per36,
    {{ feature(per_100("decayed." ~ stat, "decayed.possessions")) }}
        as {{ stat }}_allowed_per100,
    {% set average = (
        strength ~ " * league.expected_" ~ stat ~ "_per_min"
    ) -%}
    {{ feature(ratio(
        ratio("decayed." ~ stat, "league." ~ stat ~ "_drift") ~ " + " ~ average,
        "decayed.expected_" ~ stat ~ " + " ~ average
    )) }} as {{ stat }}_dvp,
    {% endfor -%}
    {{ feature("decayed.min") }} as effective_min
from decayed
asof left join league
    on
        decayed.position = league.position
        and decayed.known_at >= league.known_at
{{ after_watermark("decayed.known_at") }}
{{ and_rows_by_watermark() }}
