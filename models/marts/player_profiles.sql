{%- set views = ["fv_player_profile", "fv_player_form", "fv_player_shots"] -%}
-- As of the slate's last forecast.
with slate as (
    select
        season,
        max(forecast_at) as profiled_at
    from {{ ref("dim_slate") }}
    group by season
),

players as (
    select * from {{ ref("stg_players") }}
    where superseded_at is null
),

teams as (
    select * from {{ ref("stg_teams") }}
),

lines as (
    select * from {{ ref("int_player_lines") }}
    where valid_until = timestamptz 'infinity' and min > 0
),

seasons as (
    select
        slate.profiled_at,
        lines.season,
        lines.player_id,
        arg_max(lines.team_id, lines.tipoff_at) as team_id
    from slate
    inner join lines
        on
            slate.season = lines.season
            and slate.profiled_at >= lines.game_known_at
    group by slate.profiled_at, lines.season, lines.player_id
)

{%- for view in views %},

{{ view }}_newest as (
    select
        states.player_id,
        max(states.event_timestamp) as event_timestamp
    from {{ ref(view) }} as states
    inner join seasons
        on
            states.player_id = seasons.player_id
            and states.event_timestamp <= seasons.profiled_at
    group by states.player_id
),

{{ view }} as (
    select states.*
    from {{ ref(view) }} as states
    semi join {{ view }}_newest
        on
            states.player_id = {{ view }}_newest.player_id
            and states.event_timestamp = {{ view }}_newest.event_timestamp
)
{%- endfor %}

select
    seasons.season,
    seasons.player_id,
    players.player_name,
    seasons.team_id,
    teams.team_abbreviation as team,
    seasons.profiled_at,
    {% for view in views -%}
    {% for column in described_features(view) -%}
    {{ view }}.{{ column.name }},
    {% endfor -%}
    {% endfor -%}
    fv_player_profile.event_timestamp as known_at
from seasons
inner join players
    on seasons.player_id = players.player_id
inner join teams
    on seasons.team_id = teams.team_id
{%- for view in views %}
left join {{ view }}
    on seasons.player_id = {{ view }}.player_id
{%- endfor %}
