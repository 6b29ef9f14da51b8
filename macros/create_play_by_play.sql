{% macro create_play_by_play() -%}
    {#- A league without play-by-play, or a warehouse from before it, has no tables of
        its stints and shots yet. -#}
    create table if not exists raw.play_by_play_stints as
    select * from raw.impact_lineup_stints limit 0;
    create table if not exists raw.play_by_play_shots (
        game_id varchar, team_id bigint, player_id bigint,
        {% for count in shot_counts() -%}
        {{ count }} bigint,
        {% endfor -%}
        season varchar, known_at timestamp, superseded_at timestamp
    )
{%- endmacro %}
