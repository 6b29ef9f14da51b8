{%- set windows = ["season", "l5", "l10", "l20", "ewma"] -%}
with results as (
    select * from {{ ref("int_team_result_states") }}
),

boxes as (
    select * from {{ ref("int_team_box_states") }}
),

states as (
    select
        results.team_id,
        results.vintage,
        results.vintage_at,
        results.vintage_until,
        results.known_at,
        results.season_games
        {%- for window in windows %},
        {{ feature(ratio("results.wins_" ~ window, "results.games_" ~ window)) }}
            as win_pct_{{ window }},
        {{ feature(ratio(
            "(results.pts_" ~ window ~ " - results.opp_pts_" ~ window ~ ")",
            "results.games_" ~ window
        ), 4) }} as margin_{{ window }},
        {{ feature(ratio("results.pts_" ~ window, "results.games_" ~ window), 4) }}
            as pts_{{ window }},
        {{ feature(ratio("results.opp_pts_" ~ window, "results.games_" ~ window), 4) }}
            as opp_pts_{{ window }},
        {%- set possessions = "boxes.possessions_" ~ window %}
        {{ feature(per_100("boxes.pts_" ~ window, possessions), 4) }}
            as off_rating_{{ window }},
        {{ feature(per_100("boxes.opp_pts_" ~ window, possessions), 4) }}
            as def_rating_{{ window }},
        {{ feature(per_100(
            "(boxes.pts_" ~ window ~ " - boxes.opp_pts_" ~ window ~ ")", possessions
        ), 4) }} as net_rating_{{ window }},
        {{ feature(ratio(possessions, "boxes.minutes_" ~ window, scale=48), 4) }}
            as pace_{{ window }}
        {%- for rate, expression in team_rates(window).items() %},
        {{ feature(expression) }} as {{ rate }}_{{ window }}
        {%- endfor %}
        {%- endfor %}
    from results
    -- The newest box state: a game without a box leaves it as it was.
    asof left join boxes
        on
            results.team_id = boxes.team_id
            and results.vintage = boxes.vintage
            and results.known_at >= boxes.known_at
),

final as (
    select
        team_id,
        greatest(known_at, vintage_at) as event_timestamp,
        greatest(known_at, vintage_at) as created_timestamp,
        cast(season_games as bigint) as games_played,
        columns(
            * exclude (
                team_id, vintage, vintage_at, vintage_until, known_at, season_games
            )
        )
    from states
    where {{ latest_states(["team_id"], "known_at", ["known_at", "season_games"]) }}
)

select * from final
