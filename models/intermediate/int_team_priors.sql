{#- How much of a team's distance from the league stays from one season to the next. -#}
{%- set carried = 0.6 -%}
{%- set families = {
    "box_": team_box_counts(), "result_": team_result_counts(),
} -%}
-- What a season's first game expects of a team: its last season's average game,
-- regressed to the league's. The league's average is that of the first-known versions.
with games as (
    select * from {{ ref("int_team_games") }}
),

seasons as (
    select * from {{ ref("int_season_openings") }}
),

team_seasons as (
    select
        team_id,
        vintage,
        season
        {%- for prefix, counts in families.items() %}
        {%- for count in counts %},
        avg({{ count }}) {% if prefix == "box_" %}filter (where has_box) {% endif -%}
            as {{ prefix }}{{ count }}
        {%- endfor %}
        {%- endfor %}
    from games
    group by team_id, vintage, season
),

league_seasons as (
    select
        season
        {%- for prefix, counts in families.items() %}
        {%- for count in counts %},
        avg({{ count }}) {% if prefix == "box_" %}filter (where has_box) {% endif -%}
            as {{ prefix }}{{ count }}
        {%- endfor %}
        {%- endfor %}
    from games
    where vintage = 0
    group by season
)

select
    vintages.team_id,
    vintages.vintage,
    vintages.vintage_at,
    vintages.vintage_until,
    seasons.season,
    seasons.opens_at
    {%- for prefix, counts in families.items() %}
    {%- for count in counts %},
    {{ 1 - carried }} * league_seasons.{{ prefix }}{{ count }} + {{ carried }} * coalesce(
        team_seasons.{{ prefix }}{{ count }}, league_seasons.{{ prefix }}{{ count }}
    ) as {{ prefix }}{{ count }}
    {%- endfor %}
    {%- endfor %}
from seasons
inner join seasons as last_seasons
    on seasons.season_year = last_seasons.season_year + 1
inner join league_seasons
    on last_seasons.season = league_seasons.season
inner join {{ ref("int_team_vintages") }} as vintages
    on seasons.opens_at < vintages.vintage_until
left join team_seasons
    on
        vintages.team_id = team_seasons.team_id
        and vintages.vintage = team_seasons.vintage
        and last_seasons.season = team_seasons.season
