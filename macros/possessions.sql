{% macro possessions(box, opponent) -%}
    {#- Oliver (2004) as on basketball-reference.com, one side's estimate. -#}
    (
        {{ box }}.fga + 0.4 * {{ box }}.fta + {{ box }}.tov
        - 1.07 * ({{ box }}.fga - {{ box }}.fgm)
        * {{ ratio(box ~ ".oreb", box ~ ".oreb + " ~ opponent ~ ".dreb") }}
    )
{%- endmacro %}
