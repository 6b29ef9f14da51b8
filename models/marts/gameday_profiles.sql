{%- set views = [
    "fv_player_profile", "fv_player_form", "fv_player_availability", "fv_player_shots",
] -%}
with slate as (
    select * from {{ ref("dim_slate") }}
),

player_games as (
    select player_games.*
    from {{ ref("fct_player_games") }} as player_games
    semi join slate
        on player_games.game_id = slate.game_id
    where player_games.is_candidate
),

{% for view in views -%}
-- Only the slate's players: the join would sort everybody's rows.
{{ view }} as (
    select states.*
    from {{ ref(view) }} as states
    semi join player_games
        on states.player_id = player_games.player_id
),

{% endfor -%}
defense as (
    select states.*
    from {{ ref("fv_team_position_defense") }} as states
    semi join player_games
        on states.team_id = player_games.opponent_team_id
),

players as (
    select * from {{ ref("int_player_names") }}
),

teams as (
    select * from {{ ref("stg_teams") }}
)

select
    slate.game_id,
    slate.season,
    slate.game_date,
    slate.tipoff_at,
    slate.forecast_at,
    player_games.player_id,
    players.player_name,
    player_games.team_id,
    teams.team_abbreviation as team,
    player_games.opponent_team_id,
    opponents.team_abbreviation as opponent,
    player_games.is_home,
    player_games.position,
    player_games.is_on_report,
    fv_player_schedule.days_since_last_game,
    fv_player_schedule.games_played_7d,
    fv_player_schedule.min_7d,
    {% for view in views -%}
    {% for column in described_features(view) if column.name != "position" -%}
    {{ view }}.{{ column.name }},
    {% endfor -%}
    {% endfor -%}
    {% for column in described_features("fv_team_position_defense") -%}
    defense.{{ column.name }} as opponent_{{ column.name }},
    {% endfor -%}
    fv_player_profile.event_timestamp as known_at
from slate
inner join player_games
    on slate.game_id = player_games.game_id
inner join players
    on player_games.player_id = players.player_id
inner join teams
    on player_games.team_id = teams.team_id
inner join teams as opponents
    on player_games.opponent_team_id = opponents.team_id
left join {{ ref("fv_player_schedule") }} as fv_player_schedule
    on
        player_games.game_id = fv_player_schedule.game_id
        and player_games.player_id = fv_player_schedule.player_id
{% for view in views %}
asof left join {{ view }}
    on
        player_games.player_id = {{ view }}.player_id
        and slate.forecast_at >= {{ view }}.event_timestamp
{% endfor %}
asof left join defense  -- noqa: ST11
    on
        player_games.opponent_team_id = defense.team_id
        and player_games.position = defense.position
        and slate.forecast_at >= defense.event_timestamp
