{% macro shot_counts() -%}
    {#- What play-by-play says of a player's shots in a game, as `tipoff ingest` counts
        it: attempts and makes by zone, makes assisted, fouls drawn. -#}
    {%- set counts = [] -%}
    {%- for zone in shot_zones() -%}
        {%- do counts.extend([zone ~ "_fga", zone ~ "_fgm"]) -%}
    {%- endfor -%}
    {{ return(counts + ["assisted_fgm", "shooting_fouls_drawn", "fouls_drawn"]) }}
{%- endmacro %}
