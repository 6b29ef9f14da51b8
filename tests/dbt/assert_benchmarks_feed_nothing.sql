-- Closing and prop lines are what forecasts are measured against. Without this test a
-- feature could descend from one, and the comparison with the market would be a circle.
-- It speaks of every model that learns from features. The one that lines of past games
-- inform (ml/backtest/past_lines.py, off by default) reads them from the source itself.
{%- set offenders = [] -%}
{%- if execute -%}
    {%- set benchmarks = [
        "source.tipoff.raw.closing_lines",
        "source.tipoff.raw.player_prop_lines",
        "model.tipoff.stg_closing_lines",
        "model.tipoff.stg_player_prop_lines",
    ] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == "model" and node.fqn[1] in ["features", "marts"] -%}
        {%- set todo = [node.unique_id] -%}
        {%- set seen = [] -%}
        {%- for step in range(graph.nodes | length) if todo -%}
            {%- set current = todo.pop() -%}
            {%- if current not in seen -%}
                {%- do seen.append(current) -%}
                {%- if current in benchmarks -%}
                    {%- do offenders.append((node.name, current)) -%}
                {%- endif -%}
                {%- if current in graph.nodes -%}
                    {%- do todo.extend(graph.nodes[current].depends_on.nodes) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}
{% for model, benchmark in offenders -%}
select
    '{{ model }}' as model,
    '{{ benchmark }}' as descends_from
{% if not loop.last %} union all {% endif %}
{%- else -%}
select 'none' as model
where false
{%- endfor %}
