-- A team's facts change when a box or a score of one of its games is corrected.
with schedule as (
    select * from {{ ref("int_team_schedule") }}
),

version_moments as (
    select
        game_id,
        valid_from as corrected_at
    from {{ ref("int_team_box_versions") }}
    union
    select
        game_id,
        valid_from as corrected_at
    from {{ ref("int_game_versions") }}
),

corrections as (
    select distinct
        schedule.team_id,
        version_moments.corrected_at
    from schedule
    inner join version_moments
        on
            schedule.game_id = version_moments.game_id
            and schedule.known_at < version_moments.corrected_at
    union all
    select distinct
        team_id,
        null as corrected_at
    from schedule
)

{{ vintages("corrections", ["team_id"]) }}
