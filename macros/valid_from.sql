{% macro valid_from(version_known_at, game_known_at) -%}
    {#- When a version of a fact about a game became known: its own moment, else the
        game's natural one; never before the latter. -#}
    greatest(coalesce({{ version_known_at }}, {{ game_known_at }}), {{ game_known_at }})
{%- endmacro %}
