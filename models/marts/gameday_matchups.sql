{#- Each view, and the key it has beside the team. -#}
{%- set views = {
    "fv_team_form": none,
    "fv_team_strength": none,
    "fv_team_schedule": "game_id",
    "fv_team_roster": "game_id",
    "fv_team_shots": none,
    "fv_team_style": "game_id",
} -%}
with slate as (
    select * from {{ ref("dim_slate") }}
)

{%- for view, key in views.items() %}
{%- for side in ["home", "away"] %},

{{ side }}_{{ view }} as (
    select
        slate.game_id as slate_game_id,
        features.*
    from slate
    asof left join {{ ref(view) }} as features
        on
            slate.{{ side }}_team_id = features.team_id
            {% if key -%}
            and slate.{{ key }} = features.{{ key }}
            {% endif -%}
            and slate.forecast_at >= features.event_timestamp
)
{%- endfor %}
{%- endfor %}

select
    slate.*,
    {{ matchup_columns(views) }}
from slate
{%- for view in views %}
{%- for side in ["home", "away"] %}
left join {{ side }}_{{ view }}
    on slate.game_id = {{ side }}_{{ view }}.slate_game_id
{%- endfor %}
{%- endfor %}
