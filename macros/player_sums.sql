{% macro player_sums() -%}
    {#- What is summed over a player's games beside his minutes: every rate is a ratio
        of two of these. -#}
    {{ return(box_stats() + ["possessions", "plays", "team_plays"]) }}
{%- endmacro %}
