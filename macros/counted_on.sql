{% macro counted_on(row_known_at, games) -%}
    {#- The date whose ratings are the first to use a row: its game's, or that of its
        arrival where it came after the result. -#}
    case
        when {{ row_known_at }} > {{ games }}.known_at
            then cast({{ eastern(row_known_at) }} as date)
        else {{ games }}.game_date
    end
{%- endmacro %}
