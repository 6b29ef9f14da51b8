{% set window = {
    "partition": "game_id, player_id",
    "order": "event_timestamp, published_at, status",
} %}
with reports as (
    select
        *,
        greatest(published_at, known_at) as event_timestamp,
        case status
            when 'Available' then 1
            when 'Probable' then 2
            when 'Questionable' then 3
            when 'Doubtful' then 4
            when 'Out' then 5
        end as report_status
    from {{ ref("stg_injury_reports") }}
    where game_id is not null and player_id is not null and status is not null
),

dated as (
    select
        *,
        case
            when cast({{ eastern("published_at") }} as date) < game_date
                then report_status
        end as early_status,
        -- The order matters: the first that fits.
        case
            when reason ilike '%two-way%' then 1
            when reason ilike '%g league%' then 2
            when
                reason ilike '%illness;%'
                or reason ilike '%covid%'
                or reason ilike '%n/a; illness%'
                or reason ilike '%protocols%'
                then 3
            when reason ilike '%rest%' then 4
            when reason ilike '%management%' or reason ilike '%maint%' then 5
            when
                reason ilike '%surgery%'
                or reason ilike '%acl%'
                or reason ilike '%fracture%'
                or reason ilike '%tear%'
                or reason ilike '%torn%'
                or reason ilike '%achilles%'
                then 6
            when reason ilike '%recondition%' or reason ilike '%return%' then 7
            when
                reason ilike '%suspension%'
                or reason ilike '%personal%'
                or reason ilike '%not with%'
                then 8
            when reason ilike '%sprain%' or reason ilike '%strain%' then 9
            when
                reason ilike '%soreness%'
                or reason ilike '%spasms%'
                or reason ilike '%contusion%'
                or reason ilike '%tightness%'
                then 10
            when reason is not null then 11
        end as report_reason
    from reports
)

select
    game_id,
    player_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    cast(report_status as bigint) as report_status,
    cast(
        {{ rolling_state("early_status", aggregate="max", **window) }} as bigint
    ) as report_status_before,
    cast(report_reason as bigint) as report_reason
from dated
qualify {{ row_index(
    "game_id, player_id, event_timestamp", "published_at desc, report_status desc"
) }} = 1
