-- Of the 240 minutes of a team, 230 are filled up with replacements: as good as this
-- at each end (points per 100 possessions).
{% set team_min = 230 %}
{% set replacement = -2 %}
with outlook as (
    select
        *,
        {{ row_index("game_id, team_id", "expected_min desc, player_id") }}
            as minutes_rank,
        case
            when healthy_min >= 24
                then {{ row_index(
                    "game_id, team_id",
                    "(healthy_min >= 24) desc, impact desc, player_id"
                ) }}
        end as star_rank
    from {{ ref("int_roster_outlook") }}
    {{ after_watermark("forecast_at") }}
),

summed as (
    select
        game_id,
        team_id,
        forecast_at,
        sum(expected_min) as expected_min,
        sum(healthy_min) as healthy_min,
        sum(expected_min * off_impact) as off_sum,
        sum(expected_min * def_impact) as def_sum,
        sum(expected_min * box_off_impact) as box_off_sum,
        sum(expected_min * box_def_impact) as box_def_sum,
        sum(expected_min * pace_impact) as pace_sum,
        sum(healthy_min * impact) as healthy_sum,
        sum(expected_min * expected_min * impact_sd * impact_sd) as variance_sum,
        sum(healthy_min * (1 - play_chance)) as absent_min,
        sum(if(minutes_rank <= 5, expected_min, 0)) as starters_min,
        sum(if(minutes_rank <= 5, expected_min * impact, 0)) as starters_sum,
        sum(if(star_rank <= 2, 1 - play_chance, 0)) as stars_out,
        sum(if(is_rated, 0, expected_min)) as unrated_min,
        max(stint_share) as stint_share,
        bool_or(is_submitted) as has_report,
        bool_or(is_starter) as has_starters
    from outlook
    group by game_id, team_id, forecast_at
),

filled as (
    select
        *,
        greatest({{ team_min }} - expected_min, 0) as spare_min,
        greatest({{ team_min }} - healthy_min, 0) as healthy_spare_min
    from summed
),

rated as (
    select
        *,
        5 * (off_sum + {{ replacement }} * spare_min)
        / (expected_min + spare_min) as roster_off_impact,
        5 * (def_sum + {{ replacement }} * spare_min)
        / (expected_min + spare_min) as roster_def_impact,
        5 * (box_off_sum + {{ replacement }} * spare_min)
        / (expected_min + spare_min) as box_roster_off_impact,
        5 * (box_def_sum + {{ replacement }} * spare_min)
        / (expected_min + spare_min) as box_roster_def_impact,
        5 * (healthy_sum + 2 * {{ replacement }} * healthy_spare_min)
        / (healthy_min + healthy_spare_min) as healthy_impact
    from filled
)

select
    game_id,
    team_id,
    forecast_at as event_timestamp,
    forecast_at as created_timestamp,
    {{ feature("roster_off_impact", 4) }} as roster_off_impact,
    {{ feature("roster_def_impact", 4) }} as roster_def_impact,
    {{ feature("roster_off_impact + roster_def_impact", 4) }} as roster_impact,
    {{ feature("5 * " ~ ratio("pace_sum", "expected_min"), 4) }} as roster_pace_impact,
    {{ feature("5 * " ~ ratio("sqrt(variance_sum)", "expected_min"), 4) }}
        as roster_impact_sd,
    {{ feature(ratio("starters_sum", "starters_min"), 4) }} as starters_impact,
    {{ feature(ratio(
        "off_sum + def_sum - starters_sum", "expected_min - starters_min"
    ), 4) }} as bench_impact,
    {{ feature("roster_off_impact + roster_def_impact - healthy_impact", 4) }}
        as absence_impact,
    {{ feature(ratio("absent_min", "healthy_min"), 4) }} as absent_min_share,
    {{ feature("stars_out", 4) }} as stars_out,
    {{ feature(ratio("unrated_min", "expected_min"), 4) }} as unrated_min_share,
    {{ feature("box_roster_off_impact", 4) }} as box_roster_off_impact,
    {{ feature("box_roster_def_impact", 4) }} as box_roster_def_impact,
    {{ feature("stint_share", 4) }} as stint_share,
    has_report,
    has_starters
from rated
{{ and_rows_by_watermark() }}
