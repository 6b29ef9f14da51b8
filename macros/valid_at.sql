{% macro valid_at(moment, version, game_known_at) -%}
    {#- Whether a version (an alias with known_at, superseded_at) was the current one
        at the moment. -#}
    {{ valid_from(version ~ ".known_at", game_known_at) }} <= {{ moment }}
    and {{ moment }}
    < coalesce({{ version }}.superseded_at, timestamptz 'infinity')
{%- endmacro %}
