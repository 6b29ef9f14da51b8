{% macro team_states(games, priors, counts, prefix) -%}
    {#- Select the sums of `counts` after every game and at every season's opening.

        `<count>_season` starts at the prior (see int_team_priors) and adds the season's
        games; `_l5`, `_l10`, `_l20` and `_ewma` (half-life 10 games) run across seasons,
        so at an opening they are what they were after the last game. -#}
    {%- set entity = "played.team_id, played.vintage" -%}
    {%- set order = "played.tipoff_at, played.game_id" -%}
    {%- set rolled = [5, 10, 20] -%}
    with numbered as (
        select
            played.*,
            {{ row_index(entity, order) }} as game_number
        from {{ games }} as played
    ),

    states as (
        select
            played.team_id,
            played.vintage,
            played.vintage_at,
            played.vintage_until,
            played.season,
            played.known_at,
            cast({{ rolling_state(
                "played.games", entity ~ ", played.season", order
            ) }} as bigint) as season_games
            {%- for count in counts %},
            {{ rolling_state(
                "played." ~ count, entity ~ ", played.season", order
            ) }} + coalesce({{ team_prior_games() }} * priors.{{ prefix }}{{ count }}, 0)
                as {{ count }}_season
            {%- for size in rolled %},
            cast({{ rolling_state(
                "played." ~ count, entity, order, games=size
            ) }} as double) as {{ count }}_l{{ size }}
            {%- endfor %},
            {{ ewma_state(
                "played." ~ count, "played.game_number", entity, order, half_life=10
            ) }} as {{ count }}_ewma
            {%- endfor %}
        from numbered as played
        left join {{ priors }} as priors
            on
                played.team_id = priors.team_id
                and played.vintage = priors.vintage
                and played.season = priors.season
    ),

    openings as (
        select
            priors.team_id,
            priors.vintage,
            states.vintage_at,
            states.vintage_until,
            priors.season,
            priors.opens_at as known_at,
            0 as season_games
            {%- for count in counts %},
            {{ team_prior_games() }} * priors.{{ prefix }}{{ count }}
                as {{ count }}_season
            {%- for size in rolled %},
            states.{{ count }}_l{{ size }}
            {%- endfor %},
            states.{{ count }}_ewma
            {%- endfor %}
        from {{ priors }} as priors
        asof inner join states
            on
                priors.team_id = states.team_id
                and priors.vintage = states.vintage
                and priors.opens_at >= states.known_at
    )

    select * from states
    union all by name
    select * from openings
{%- endmacro %}
