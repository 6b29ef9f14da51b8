{% set spans = [3, 5, 10, 20] %}
{#- Differences of running totals are exact for whole numbers and decimals. -#}
{% set counts = box_stats() + ["min", "plays"] %}
{% set rolling = {"partition": "player_id, vintage", "order": "appearance_number"} %}
{% set weighted = dict(rolling, index="clock", half_life=8) %}
with known as (
    {{ with_news(
        ref("int_player_games"), "player_id", "greatest(game_known_at, vintage_at)"
    ) | indent(4) }}
),

games as (
    select
        *,
        cast(is_starter as double) as start_share,
        min / game_min as min_share
    from known
),

-- Chosen while the rows are narrow.
newest as (
    select
        player_id,
        vintage,
        appearance_number,
        greatest(game_known_at, vintage_at) as event_timestamp
    from games
    where {{ latest_states(["player_id"], "game_known_at", ["appearance_number"]) }}
),

windows as (
    select
        player_id,
        vintage,
        appearance_number,
        {% for stat in counts -%}
        {{ rolling_state(stat, **rolling) }} as {{ stat }}_career,
        {% endfor -%}
        {% for span in spans -%}
        {% for share in ["start_share", "min_share"] -%}
        {{ rolling_state(share, games=span, aggregate="avg", **rolling) }}
            as {{ share }}_l{{ span }},
        {% endfor -%}
        {{ rolling_state("team_plays", games=span, **rolling) }}
            as team_plays_l{{ span }},
        {% endfor -%}
        {{ rolling_state("min", games=20, aggregate="stddev_samp", **rolling) }}
            as min_sd_l20,
        {% for stat in box_stats() + ["min", "plus_minus"] -%}
        {{ decayed_sum(stat, **weighted) }} as {{ stat }}_decayed,
        {% endfor -%}
        {{ decayed_sum("1", **weighted) }} as games_decayed,
        {{ ewma_state("start_share", **weighted) }} as start_share_ewma,
        {{ ewma_state("min_share", **weighted) }} as min_share_ewma,
        {{ ewma_state("plays / team_plays", weight="team_plays", **weighted) }}
            as usg_pct_ewma
    from games
)

select
    newest.player_id,
    newest.event_timestamp,
    newest.event_timestamp as created_timestamp,
    {% for span in spans -%}
    {% set sums = {} -%}
    {% for stat in counts -%}
    {% do sums.update({
        stat: since("windows", "before_" ~ span, stat ~ "_career")
    }) -%}
    {% endfor -%}
    {{ feature(ratio(sums.min, "least(windows.appearance_number, " ~ span ~ ")")) }}
        as min_l{{ span }},
    {{ feature("windows.min_share_l" ~ span) }} as min_share_l{{ span }},
    {{ feature("windows.start_share_l" ~ span) }} as start_share_l{{ span }},
    {{ feature(ratio(sums.plays, "windows.team_plays_l" ~ span)) }}
        as usg_pct_l{{ span }},
    {% for stat in box_stats() -%}
    {{ feature(per_36(sums[stat], sums.min)) }} as {{ stat }}_per36_l{{ span }},
    {% endfor -%}
    {% endfor -%}
    {% for stat in box_stats() -%}
    {{ feature(ratio("windows." ~ stat ~ "_decayed", "windows.games_decayed")) }}
        as {{ stat }}_ewma,
    {{ feature(per_36("windows." ~ stat ~ "_decayed", "windows.min_decayed")) }}
        as {{ stat }}_per36_ewma,
    {% endfor -%}
    {{ feature(ratio("windows.min_decayed", "windows.games_decayed")) }} as min_ewma,
    {{ feature("windows.min_share_ewma") }} as min_share_ewma,
    {{ feature("windows.start_share_ewma") }} as start_share_ewma,
    {{ feature("windows.usg_pct_ewma") }} as usg_pct_ewma,
    {{ feature(ratio("windows.plus_minus_decayed", "windows.games_decayed")) }}
        as plus_minus_ewma,
    {{ feature("windows.min_sd_l20") }} as min_sd_l20
from newest
inner join windows
    on
        newest.player_id = windows.player_id
        and newest.vintage = windows.vintage
        and newest.appearance_number = windows.appearance_number
{% for span in spans -%}
left join windows as before_{{ span }}
    on
        windows.player_id = before_{{ span }}.player_id
        and windows.vintage = before_{{ span }}.vintage
        and windows.appearance_number - {{ span }} = before_{{ span }}.appearance_number
{% endfor -%}
{{ after_watermark("newest.event_timestamp") }}
{{ and_rows_by_watermark() }}
