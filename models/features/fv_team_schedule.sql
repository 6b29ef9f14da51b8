{%- set order = "schedule.tipoff_at, schedule.game_id" -%}
with schedule as (
    select * from {{ ref("int_team_schedule") }}
),

travel as (
    select * from {{ ref("int_team_travel") }}
),

paced as (
    select
        schedule.*,
        date_diff(
            'day',
            {{ previous("schedule.game_date", "schedule.team_id", order) }},
            schedule.game_date
        ) - 1 as days_off,
        {{ rolling_days("1", "schedule.team_id", "schedule.game_date", days=4) }}
            as games_in_4,
        {{ rolling_days("1", "schedule.team_id", "schedule.game_date", days=6) }}
            as games_in_6,
        {{ rolling_days(
            "1", "schedule.team_id", "schedule.game_date", days=7, until=1
        ) }} as games_before_in_7
    from schedule
),

final as (
    select
        paced.game_id,
        paced.team_id,
        paced.schedule_known_at as event_timestamp,
        paced.schedule_known_at as created_timestamp,
        cast(if(paced.days_off > 10, 10, paced.days_off) as bigint) as rest_days,
        paced.days_off = 0 as is_back_to_back,
        paced.games_in_4 >= 3 as is_three_in_four,
        paced.games_in_6 >= 4 as is_four_in_six,
        cast(coalesce(paced.games_before_in_7, 0) as bigint) as games_7d,
        {{ feature("travel.travel_miles_last", 1) }} as travel_miles_last,
        {{ feature("travel.travel_miles_7d", 1) }} as travel_miles_7d,
        {{ feature("travel.time_zone_shift_hours") }} as time_zone_shift_hours,
        {{ feature("travel.altitude_feet") }} as altitude_feet,
        {{ feature("travel.altitude_gain_feet") }} as altitude_gain_feet,
        cast(paced.season_game_number as bigint) as season_game_number,
        cast(paced.season_day as bigint) as season_day,
        paced.is_neutral_site,
        paced.is_playoffs
    from paced
    inner join travel
        on
            paced.game_id = travel.game_id
            and paced.team_id = travel.team_id
)

select * from final
