{% macro create_play_by_play() -%}
    {#- A league without play-by-play, or a warehouse from before it, has no table of
        its stints yet. -#}
    create table if not exists raw.play_by_play_stints as
    select * from raw.impact_lineup_stints limit 0
{%- endmacro %}
