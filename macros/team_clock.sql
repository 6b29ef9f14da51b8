{% macro team_clock(team_games, season_year) -%}
    {#- The index that exponential weights of a team run on: one step a game, twenty
        more at every new season, which is how the past is regressed there. -#}
    {{ team_games }} + 20 * ({{ season_year }} - 2000)
{%- endmacro %}
