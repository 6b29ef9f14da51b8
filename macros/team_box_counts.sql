{% macro team_box_counts() -%}
    {#- What is added up over a team's games that have a box: own and allowed counts,
        and what they are divided by. -#}
    {%- set counts = [
        "pts", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb",
        "ast", "stl", "blk", "tov", "pf",
    ] -%}
    {%- set all_counts = ["games", "minutes", "possessions"] + counts -%}
    {%- for count in counts -%}
        {%- do all_counts.append("opp_" ~ count) -%}
    {%- endfor -%}
    {{ return(all_counts) }}
{%- endmacro %}
