{% macro box_stats() -%}
    {#- The counting statistics of a box score; every per-statistic feature loops. -#}
    {{ return([
        "pts", "reb", "oreb", "dreb", "ast", "fg3m", "fg3a", "fgm", "fga",
        "ftm", "fta", "stl", "blk", "tov", "pf",
    ]) }}
{%- endmacro %}
