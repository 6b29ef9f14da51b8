{% set spans = [3, 5, 10, 20] %}
{% set whole = ["min", "min_share", "start_share", "plus_minus"] %}
{% set rolling = {
    "partition": "player_id, vintage",
    "order": "appearance_number",
} %}
{% set weighted = {
    "partition": "player_id, vintage",
    "order": "appearance_number",
    "index": "clock",
    "half_life": 8,
} %}
with games as (
    select
        *,
        cast(is_starter as double) as start_share,
        min / game_min as min_share
    from {{ ref("int_player_games") }}
),

windows as (
    select
        player_id,
        vintage,
        vintage_at,
        vintage_until,
        appearance_number,
        game_known_at,
        {% for span in spans -%}
        {% for stat in ["start_share", "min_share"] -%}
        {{ rolling_state(stat, games=span, aggregate="avg", **rolling) }}
            as {{ stat }}_l{{ span }},
        {% endfor -%}
        {% for stat in player_sums() + ["min"] -%}
        {{ rolling_state(stat, games=span, **rolling) }}
            as {{ stat }}_l{{ span }},
        {% endfor -%}
        least(appearance_number, {{ span }}) as games_l{{ span }},
        {% endfor -%}
        {{ rolling_state("min", games=20, aggregate="stddev_samp", **rolling) }}
            as min_sd_l20,
        {% for stat in box_stats() + whole -%}
        {{ ewma_state(stat, **weighted) }} as {{ stat }}_ewma,
        {% endfor -%}
        {% for stat in box_stats() -%}
        {{ ewma_state(
            "36.0 * " ~ stat ~ " / min", weight="min", **weighted
        ) }} as {{ stat }}_per36_ewma,
        {% endfor -%}
        {{ ewma_state("plays / team_plays", weight="team_plays", **weighted) }}
            as usg_pct_ewma
    from games
)

select
    player_id,
    greatest(game_known_at, vintage_at) as event_timestamp,
    greatest(game_known_at, vintage_at) as created_timestamp,
    {% for span in spans -%}
    {{ feature(ratio("min_l" ~ span, "games_l" ~ span)) }} as min_l{{ span }},
    {{ feature("min_share_l" ~ span) }} as min_share_l{{ span }},
    {{ feature("start_share_l" ~ span) }} as start_share_l{{ span }},
    {{ feature(ratio("plays_l" ~ span, "team_plays_l" ~ span)) }}
        as usg_pct_l{{ span }},
    {% for stat in box_stats() -%}
    {{ feature(per_36(stat ~ "_l" ~ span, "min_l" ~ span)) }}
        as {{ stat }}_per36_l{{ span }},
    {% endfor -%}
    {% endfor -%}
    {% for stat in box_stats() -%}
    {{ feature(stat ~ "_ewma") }} as {{ stat }}_ewma,
    {{ feature(stat ~ "_per36_ewma") }} as {{ stat }}_per36_ewma,
    {% endfor -%}
    {{ feature("min_ewma") }} as min_ewma,
    {{ feature("min_share_ewma") }} as min_share_ewma,
    {{ feature("start_share_ewma") }} as start_share_ewma,
    {{ feature("usg_pct_ewma") }} as usg_pct_ewma,
    {{ feature("plus_minus_ewma") }} as plus_minus_ewma,
    {{ feature("min_sd_l20") }} as min_sd_l20
from windows
where
    {{ latest_states(["player_id"], "game_known_at", ["appearance_number"]) }}
