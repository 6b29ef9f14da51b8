-- How much of what ratings rest on is stints: the share of games that had some, older
-- games counting half after as many days as a stint does in the ratings.
{% set half_life = 400 %}
with games as (
    select distinct
        game_id,
        counted_on,
        has_stints
    from {{ ref("int_first_lines") }}
),

days as (
    select
        counted_on,
        date_diff('day', date '2000-01-01', counted_on) / {{ half_life }} as age,
        count(*) as games,
        count(*) filter (where has_stints) as games_with_stints
    from games
    group by counted_on
),

dates as (
    select
        counted_on,
        known_at
    from {{ ref("int_rating_dates") }}
    where is_complete
)

select
    days.counted_on,
    max(dates.known_at) over until_then as known_at,
    sum(days.games_with_stints * pow(2, days.age)) over until_then
    / sum(days.games * pow(2, days.age)) over until_then as stint_share
from days
inner join dates
    on days.counted_on = dates.counted_on
window until_then as (
    order by days.counted_on
    rows between unbounded preceding and current row
)
