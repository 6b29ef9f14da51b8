{% macro prior_minutes() -%}
    {#- How many minutes of average play at his position a player's rate is mixed with:
        the variance of a minute over the variance between players of a position,
        measured on 2015-16 to 2018-19 (300 minutes or more;
        benchmarks/measured_numbers.py). -#}
    {{ return({
        "pts": 50, "reb": 75, "oreb": 125, "dreb": 100, "ast": 55,
        "fg3m": 80, "fg3a": 30, "fgm": 65, "fga": 30, "ftm": 70, "fta": 70,
        "stl": 325, "blk": 170, "tov": 145, "pf": 200,
    }) }}
{%- endmacro %}
