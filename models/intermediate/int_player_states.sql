-- The moments at which what is known of a player changes: after every game he played,
-- at corrections, and at the opening of the season after one he played in. One row per
-- player and moment; `appearance_number` points at the last game of its vintage.
with games as (
    select * from {{ ref("int_player_games") }}
),

seasons as (
    select * from {{ ref("int_season_openings") }}
),

after_games as (
    select
        player_id,
        vintage,
        vintage_at,
        vintage_until,
        appearance_number,
        clock,
        season,
        season_year,
        game_date as state_date,
        game_known_at as known_at,
        false as is_opening
    from games
),

season_ends as (
    select
        player_id,
        vintage,
        vintage_at,
        vintage_until,
        season_year,
        max(appearance_number) as appearance_number
    from games
    group by all
),

at_openings as (
    select
        season_ends.player_id,
        season_ends.vintage,
        season_ends.vintage_at,
        season_ends.vintage_until,
        season_ends.appearance_number,
        {{ player_clock("season_ends.appearance_number", "seasons.season_year") }}
            as clock,
        seasons.season,
        seasons.season_year,
        cast(seasons.opens_at as date) as state_date,
        seasons.opens_at as known_at,
        true as is_opening
    from season_ends
    inner join seasons
        on season_ends.season_year + 1 = seasons.season_year
),

states as (
    select * from after_games
    union all
    select * from at_openings
)

select
    *,
    greatest(known_at, vintage_at) as event_timestamp
from states
where
    {{ latest_states(["player_id"], "known_at", ["known_at"]) }}
