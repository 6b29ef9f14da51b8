-- The position under which a player enters a season: one row per player and season,
-- whether or not he came to play in it.
-- A label is given after its season, so the newest earlier one counts; without one,
-- the position that is most common at the player's height.
with seasons as (
    select * from {{ ref("int_season_openings") }}
),

labels as (
    select
        *,
        coalesce(known_at, timestamptz '-infinity') as valid_from,
        coalesce(superseded_at, timestamptz 'infinity') as valid_until
    from {{ ref("stg_player_seasons") }}
    where position is not null
),

players as (
    select
        *,
        coalesce(known_at, timestamptz '-infinity') as valid_from,
        coalesce(superseded_at, timestamptz 'infinity') as valid_until
    from {{ ref("stg_players") }}
),

people as (
    select distinct player_id from players
),

entries as (
    select
        seasons.*,
        people.player_id
    from seasons
    cross join people
),

labelled as (
    select
        entries.player_id,
        entries.season,
        arg_max(labels.position, labels.season) as given_position
    from entries
    inner join labels
        on
            entries.player_id = labels.player_id
            and entries.season > labels.season
            and entries.opens_at >= labels.valid_from
            and entries.opens_at < labels.valid_until
    group by entries.player_id, entries.season
)

select
    entries.player_id,
    entries.season,
    players.height_inches,
    players.weight_lb,
    players.birthdate,
    labelled.given_position is not null as is_position_labelled,
    coalesce(labelled.given_position, case
        when players.height_inches <= 75 then 'PG'
        when players.height_inches <= 77 then 'SG'
        when players.height_inches <= 79 then 'SF'
        when players.height_inches <= 81 then 'PF'
        when players.height_inches is not null then 'C'
        else 'unknown'
    end) as position  -- noqa: RF04
from entries
left join labelled
    on
        entries.player_id = labelled.player_id
        and entries.season = labelled.season
left join players
    on
        entries.player_id = players.player_id
        and entries.opens_at >= players.valid_from
        and entries.opens_at < players.valid_until
