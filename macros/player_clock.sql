{% macro player_clock(appearances, season_year) -%}
    {#- The index that exponential weights of a player run on: one step a game played,
        ten more at every new season, which is how the past is regressed there. -#}
    {{ appearances }} + 10 * ({{ season_year }} - 2000)
{%- endmacro %}
