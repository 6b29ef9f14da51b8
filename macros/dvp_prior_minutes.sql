{% macro dvp_prior_minutes() -%}
    {#- How many minutes of average defence a team's record against a position is mixed
        with: the variance of a minute over the variance between teams, measured on the
        seasons to 2022-23. A position gets about 48 minutes a game. -#}
    {{ return({
        "pts": 2300, "reb": 2400, "oreb": 3700, "dreb": 2600, "ast": 2300,
        "fg3m": 2200, "fg3a": 900, "fgm": 2300, "fga": 1400, "ftm": 3200,
        "fta": 2800, "stl": 4200, "blk": 2900, "tov": 2600, "pf": 1700,
    }) }}
{%- endmacro %}
