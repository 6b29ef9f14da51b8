{% macro dvp_prior_minutes() -%}
    {#- How many minutes of average defence a team's record against a position is mixed
        with: the variance of a minute over the variance between teams, measured on
        2015-16 to 2018-19 (benchmarks/measured_numbers.py). A position gets about 48
        minutes a game. -#}
    {{ return({
        "pts": 4000, "reb": 3600, "oreb": 5600, "dreb": 3400, "ast": 3700,
        "fg3m": 3700, "fg3a": 1900, "fgm": 3200, "fga": 2700, "ftm": 4100,
        "fta": 3300, "stl": 4700, "blk": 3200, "tov": 4700, "pf": 1800,
    }) }}
{%- endmacro %}
