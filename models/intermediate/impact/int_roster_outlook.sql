-- What the moment of the forecast expects of everyone on a roster. Impact of whoever
-- has never been rated.
{% set new_player = {"off": -1.25, "def": -1.25, "sd": 2} %}
with known as (
    select * from {{ ref("int_roster_known") }}
    {{ after_watermark("forecast_at") }}
),

chances as (
    select * from {{ ref("int_play_chances") }}
    {{ after_watermark("forecast_at") }}
),

impact as (
    select * from {{ ref("fv_player_impact") }}
    where player_id in (select known.player_id from known)
),

pace as (
    select * from {{ ref("fv_player_pace") }}
    where player_id in (select known.player_id from known)
),

shares as (
    select * from {{ ref("int_stint_share") }}
),

rated as (
    select
        known.*,
        chances.play_prob as play_chance,
        coalesce(impact.off_impact, {{ new_player["off"] }}) as off_impact,
        coalesce(impact.def_impact, {{ new_player["def"] }}) as def_impact,
        coalesce(impact.impact_sd, {{ new_player["sd"] }}) as impact_sd,
        coalesce(impact.box_off_impact, {{ new_player["off"] }}) as box_off_impact,
        coalesce(impact.box_def_impact, {{ new_player["def"] }}) as box_def_impact,
        impact.player_id is not null as is_rated,
        shares.stint_share,
        coalesce(pace.pace_impact, 0) as pace_impact
    from known
    inner join chances
        on
            known.game_id = chances.game_id
            and known.team_id = chances.team_id
            and known.player_id = chances.player_id
    asof left join impact
        on
            known.player_id = impact.player_id
            and known.forecast_at >= impact.event_timestamp
    asof left join pace
        on
            known.player_id = pace.player_id
            and known.forecast_at >= pace.event_timestamp
    asof left join shares
        on known.forecast_at >= shares.known_at
),

final as (
    select
        *,
        off_impact + def_impact as impact,
        usual_min * play_chance as expected_min,
        -- Whoever has been away for ten games is not missed as a surprise any more.
        case when games_missed < 10 then usual_min else 0 end as healthy_min
    from rated
)

select * from final
{{ and_rows_by_watermark("forecast_at") }}
