{% macro ewma_state(expression, index, partition, order, half_life, weight="1") %}
    {#- sum(x w exp(lambda k)) / sum(w exp(lambda k)); rows where x is null weigh
        nothing. exp overflows where index / half_life passes 1,000. -#}
    {%- set growth = "exp(ln(2) / " ~ half_life ~ " * (" ~ index ~ "))" -%}
    {%- set scaled = "(" ~ weight ~ ") * " ~ growth -%}
    {{ rolling_state(
        "(" ~ expression ~ ") * " ~ scaled, partition, order
    ) }} / nullif({{ rolling_state(
        "case when (" ~ expression ~ ") is not null then " ~ scaled ~ " end",
        partition, order
    ) }}, 0)
{%- endmacro %}
