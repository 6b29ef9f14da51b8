-- Every date on which stints or box scores count, and a digest of those rows: what has
-- not changed is not worked out again.
with first_stints as (
    select * from {{ ref("int_first_stints") }}
),

first_lines as (
    select * from {{ ref("int_first_lines") }}
),

stints as (
    select
        counted_on,
        max(known_at) as arrived_at,
        {{ rows_digest("first_stints") }} as digest
    from first_stints
    group by counted_on
),

lines as (
    select
        counted_on,
        max(known_at) as arrived_at,
        {{ rows_digest("first_lines") }} as digest
    from first_lines
    group by counted_on
),

games as (
    select
        game_date as counted_on,
        max(known_at) as known_at,
        bool_and(is_played) as is_complete
    from {{ ref("int_games") }}
    group by game_date
),

days as (
    select counted_on from stints
    union distinct
    select counted_on from lines
)

select
    days.counted_on,
    greatest(games.known_at, stints.arrived_at, lines.arrived_at) as known_at,
    coalesce(games.is_complete, true) as is_complete,
    concat_ws(' ', stints.digest, 'and', lines.digest) as digest
from days
left join games
    on days.counted_on = games.counted_on
left join stints
    on days.counted_on = stints.counted_on
left join lines
    on days.counted_on = lines.counted_on
