{% macro prior_minutes() -%}
    {#- How many minutes of average play at his position a player's rate is mixed with:
        the variance of a minute over the variance between players of a position,
        measured on 2015-16 to 2018-19 (300 minutes or more;
        benchmarks/measured_numbers.py). -#}
    {{ return(var("prior_minutes")) }}
{%- endmacro %}
