-- Where each game is played: the home team's arena of that season, or a neutral site,
-- of which no more may be known than that it is one.
with games as (
    select
        *,
        case when neutral_venue is not null or not is_neutral_site then home_team_id end
            as arena_team_id
    from {{ ref("int_games") }}
),

arenas as (
    select * from {{ ref("arenas") }}
),

neutral_sites as (
    select distinct
        venue,
        latitude,
        longitude,
        time_zone,
        altitude_feet
    from {{ ref("neutral_sites") }}
)

select
    games.game_id,
    coalesce(neutral_sites.venue, arenas.arena) as venue,
    coalesce(neutral_sites.latitude, arenas.latitude) as latitude,
    coalesce(neutral_sites.longitude, arenas.longitude) as longitude,
    coalesce(neutral_sites.time_zone, arenas.time_zone) as time_zone,
    coalesce(neutral_sites.altitude_feet, arenas.altitude_feet) as altitude_feet
from games
asof left join arenas
    on
        games.arena_team_id = arenas.team_id
        and games.season >= arenas.from_season
left join neutral_sites
    on games.neutral_venue = neutral_sites.venue
