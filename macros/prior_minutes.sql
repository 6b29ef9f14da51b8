{% macro prior_minutes() -%}
    {#- How many minutes of average play at his position a player's rate is mixed with:
        the variance of a minute over the variance between players of a position,
        measured on the seasons to 2022-23 (300 minutes or more). -#}
    {{ return({
        "pts": 50, "reb": 80, "oreb": 125, "dreb": 100, "ast": 60,
        "fg3m": 85, "fg3a": 30, "fgm": 65, "fga": 30, "ftm": 75, "fta": 70,
        "stl": 340, "blk": 160, "tov": 145, "pf": 165,
    }) }}
{%- endmacro %}
