-- The moments at which a season opens, a day before its first game: one row per season.
with games as (
    select * from {{ ref("int_games") }}
)

select
    season,
    cast(left(season, 4) as bigint) as season_year,
    min(schedule_known_at) as opens_at
from games
group by season
