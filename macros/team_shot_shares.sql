{% macro team_shot_shares() -%}
    {#- What describes how a team shoots, and makes others shoot: a mapping from the name
        to its counts, a part and a whole, of box scores or of play-by-play. -#}
    {%- set shares = {
        "fg3a_rate": ["fg3a", "fga"],
        "fta_rate": ["fta", "fga"],
        "assisted_share": ["ast", "fgm"],
        "fouls_drawn_rate": ["fouls_drawn", "shots"],
    } -%}
    {%- for zone in shot_zones() -%}
        {%- do shares.update({zone ~ "_share": [zone ~ "_fga", "shots"]}) -%}
    {%- endfor -%}
    {{ return(shares) }}
{%- endmacro %}
