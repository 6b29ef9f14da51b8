{% macro team_shot_counts() -%}
    {#- What is added up over a team's games for its shot profile: of box scores, and of
        play-by-play. -#}
    {%- set zones = [] -%}
    {%- for zone in shot_zones() -%}
        {%- do zones.append(zone ~ "_fga") -%}
    {%- endfor -%}
    {{ return({
        "box": ["fga", "fgm", "fg3a", "fta", "ast"],
        "play_by_play": zones + ["shots", "fouls_drawn"],
    }) }}
{%- endmacro %}
