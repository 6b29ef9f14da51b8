{% macro known_rows(game_column=none) -%}
    {#- A staging view's where clause: the versions that were known by var('as_of').
        Rows of a game are known once its result is. -#}
    coalesce({{ utc("known_at") }} <= {{ as_of() }}, true)
    {%- if game_column is not none and var("as_of", none) is not none %}
    and {{ game_column }} in (
        select games.game_id from {{ ref("stg_games") }} as games
        where games.home_pts is not null
    )
    {%- endif -%}
{%- endmacro %}
