{% macro team_result_counts() -%}
    {#- What is added up over all of a team's games, box or not. -#}
    {{ return(["games", "wins", "pts", "opp_pts"]) }}
{%- endmacro %}
