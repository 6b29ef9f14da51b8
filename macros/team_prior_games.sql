{% macro team_prior_games() -%}
    {#- How many games the season's prior counts as. -#}
    {{ return(15) }}
{%- endmacro %}
