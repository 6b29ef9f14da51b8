{{ config(materialized="replaced_view") }}
-- Every stint as it was first known: a rating that has been published does not change
-- because a row is corrected later, by less than can be read in it. A game whose
-- play-by-play was resolved has the stints that were worked out from it.
with worked_out as (
    select * from {{ ref("stg_play_by_play_stints") }}
),

given as (
    select given_stints.*
    from {{ ref("stg_impact_lineup_stints") }} as given_stints
    where
        given_stints.game_id not in (select worked_out.game_id from worked_out)
),

versions as (
    select * from worked_out
    union all by name
    select * from given
),

games as (
    select * from {{ ref("int_games") }}
    where is_played and is_cup_final is not true
),

stints as (
    select
        * exclude (stint_index, superseded_at),
        stint_index as stint_idx
    from versions
),

replaced as (
    select
        game_id,
        stint_index as stint_idx,
        min(superseded_at) as superseded_at
    from versions
    where superseded_at is not null
    group by game_id, stint_index
)

select
    stints.*,
    {{ counted_on("stints.known_at", "games") }} as counted_on
from stints
inner join games
    on stints.game_id = games.game_id
left join replaced
    on
        stints.game_id = replaced.game_id
        and stints.stint_idx = replaced.stint_idx
        and stints.known_at >= replaced.superseded_at
where replaced.game_id is null
