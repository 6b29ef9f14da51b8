-- What was known of a result when: one row per game and version of its score.
with games as (
    select * from {{ ref("stg_games") }}
),

natural_moments as (
    select
        *,
        tipoff_at + interval {{ var("known_after_hours") }} hours as natural_known_at
    from games
    where home_pts is not null and away_pts is not null
)

select
    game_id,
    home_pts,
    away_pts,
    periods,
    {{ valid_from("known_at", "natural_known_at") }} as valid_from,
    coalesce(superseded_at, timestamptz 'infinity') as valid_until
from natural_moments
