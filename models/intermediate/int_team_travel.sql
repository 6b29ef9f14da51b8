{%- set in_season = "schedule.team_id, schedule.season" -%}
{%- set order = "schedule.tipoff_at, schedule.game_id" -%}
-- The leg to each game, from the venue before it; from home to a season's first game.
with schedule as (
    select * from {{ ref("int_team_schedule") }}
),

venues as (
    select * from {{ ref("int_game_venues") }}
),

arenas as (
    select * from {{ ref("arenas") }}
),

located as (
    select
        schedule.team_id,
        schedule.game_id,
        schedule.game_date,
        schedule.tipoff_at,
        venues.altitude_feet,
        venues.altitude_feet - arenas.altitude_feet as altitude_gain_feet,
        venues.latitude,
        venues.longitude,
        venues.time_zone,
        case
            when schedule.season_game_number = 1 then arenas.latitude
            else {{ previous("venues.latitude", in_season, order) }}
        end as from_latitude,
        case
            when schedule.season_game_number = 1 then arenas.longitude
            else {{ previous("venues.longitude", in_season, order) }}
        end as from_longitude,
        case
            when schedule.season_game_number = 1 then arenas.time_zone
            else {{ previous("venues.time_zone", in_season, order) }}
        end as from_time_zone
    from schedule
    inner join venues
        on schedule.game_id = venues.game_id
    asof left join arenas
        on
            schedule.team_id = arenas.team_id
            and schedule.season >= arenas.from_season
),

legs as (
    select
        *,
        cast(
            {{ haversine_miles(
                "from_latitude", "from_longitude", "latitude", "longitude"
            ) }} as decimal(12, 4)
        ) as miles,
        {{ utc_offset_hours("tipoff_at", "time_zone") }}
        - {{ utc_offset_hours("tipoff_at", "from_time_zone") }} as time_zone_shift_hours
    from located
)

select
    team_id,
    game_id,
    altitude_feet,
    altitude_gain_feet,
    time_zone_shift_hours,
    miles as travel_miles_last,
    cast(
        {{ rolling_days("miles", "team_id", "game_date", days=7) }} as decimal(12, 4)
    ) as travel_miles_7d
from legs
