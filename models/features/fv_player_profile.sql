{% set season = {
    "partition": "player_id, vintage, season",
    "order": "appearance_number",
} %}
with states as (
    {{ with_news(
        ref("int_player_states"), "player_id", "event_timestamp"
    ) | indent(4) }}
),

games as (
    select * from {{ ref("int_player_games") }}
    where player_id in (select states.player_id from states)
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

talent as (
    select * from {{ ref("int_player_talent") }}
),

season_sums as (
    select
        player_id,
        vintage,
        appearance_number,
        season,
        {{ rolling_state("1", **season) }} as games_played,
        {% for stat in player_sums() -%}
        {{ rolling_state(stat, **season) }} as {{ stat }},
        {% endfor -%}
        {{ rolling_state("min", **season) }} as min
    from games
)

select
    states.player_id,
    states.event_timestamp,
    states.event_timestamp as created_timestamp,
    positions.position,
    positions.is_position_labelled,
    positions.height_inches,
    {{ feature("positions.weight_lb") }} as weight_lb,
    {{ feature(ratio(
        "date_diff('day', positions.birthdate, states.state_date)", 365.25
    )) }} as age_years,
    states.appearance_number as games_career,
    cast(coalesce(season_sums.games_played, 0) as bigint) as games_season,
    {{ feature(ratio("season_sums.min", "season_sums.games_played")) }}
        as min_per_game_season,
    {% for stat in box_stats() -%}
    {{ feature(ratio("season_sums." ~ stat, "season_sums.games_played")) }}
        as {{ stat }}_per_game_season,
    {{ feature(per_36("season_sums." ~ stat, "season_sums.min")) }}
        as {{ stat }}_per36_season,
    {{ feature(per_100("season_sums." ~ stat, "season_sums.possessions")) }}
        as {{ stat }}_per100_season,
    {{ feature("talent." ~ stat ~ "_per36_shrunk") }} as {{ stat }}_per36_shrunk,
    {% endfor -%}
    {{ feature(true_shooting(
        "season_sums.pts", "season_sums.fga", "season_sums.fta"
    )) }} as ts_pct_season,
    {{ feature(ratio("season_sums.fgm + 0.5 * season_sums.fg3m", "season_sums.fga")) }}
        as efg_pct_season,
    {{ feature(ratio("season_sums.plays", "season_sums.team_plays")) }}
        as usg_pct_season,
    {{ feature(ratio("season_sums.fg3a", "season_sums.fga")) }} as fg3a_rate_season,
    {{ feature(ratio("season_sums.fta", "season_sums.fga")) }} as fta_rate_season,
    {{ feature(true_shooting(
        "talent.pts_per36_shrunk", "talent.fga_per36_shrunk", "talent.fta_per36_shrunk"
    )) }} as ts_pct_shrunk,
    {% for share in ["fg2_pct", "fg3_pct", "ft_pct", "usg_pct"] -%}
    {{ feature("talent." ~ share ~ "_shrunk") }} as {{ share }}_shrunk,
    {% endfor -%}
    {{ feature("talent.effective_min") }} as effective_min
from states
inner join positions
    on
        states.player_id = positions.player_id
        and states.season = positions.season
inner join talent
    on
        states.player_id = talent.player_id
        and states.event_timestamp = talent.event_timestamp
left join season_sums
    on
        states.player_id = season_sums.player_id
        and states.vintage = season_sums.vintage
        and states.appearance_number = season_sums.appearance_number
        and states.season = season_sums.season
{{ after_watermark("states.event_timestamp") }}
{{ and_rows_by_watermark() }}
