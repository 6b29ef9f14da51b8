{{ config(severity="warn") }}
-- Over the teams a defence is average by definition: the league's ratio is divided out.
-- Without this test a drift of the expected rates would look like thirty bad defences.
-- The tolerance was measured, so a build reports it and goes on.
with ratios as (
    select
        position,
        year(event_timestamp) as known_in,
        {% for stat in box_stats() %}
        avg({{ stat }}_dvp) as {{ stat }}_dvp,
        {% endfor -%}
        count(*) as states
    from {{ ref("fv_team_position_defense") }}
    where position != 'unknown'
    group by position, year(event_timestamp)
)

select *
from ratios
where
    states > 1000
    and greatest(
        {% for stat in box_stats() %}
        abs({{ stat }}_dvp - 1),
        {% endfor -%}
        0
    ) > 0.05
