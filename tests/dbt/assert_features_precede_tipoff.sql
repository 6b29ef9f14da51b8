-- The newest state at the moment of the forecast holds exactly the team's games that
-- tipped off before (the cup's final is in no statistics), and is itself older than
-- tip-off. Without this test a wrong stamp
-- would let a game see its own box, or hide the one before.
with sides as (
    select
        matchups.game_id,
        matchups.season,
        matchups.tipoff_at,
        matchups.forecast_at,
        unnest([matchups.home_team_id, matchups.away_team_id]) as team_id
    from {{ ref("fct_team_matchups") }} as matchups
),

games_before as (
    select
        sides.game_id,
        sides.team_id,
        count(earlier.game_id) filter (where earlier.season = sides.season)
            as season_games,
        count(earlier.game_id) as all_games
    from sides
    left join {{ ref("int_team_schedule") }} as earlier
        on
            sides.team_id = earlier.team_id
            and earlier.is_played
            and not earlier.is_cup_final
            -- A result counts once it is known, which is hours after tip-off.
            and sides.forecast_at >= earlier.known_at
            and sides.tipoff_at > earlier.tipoff_at
    group by sides.game_id, sides.team_id
),

seen as (
    select
        sides.*,
        form.event_timestamp as form_known_at,
        form.games_played,
        strength.event_timestamp as strength_known_at,
        strength.games_rated
    from sides
    asof left join {{ ref("fv_team_form") }} as form
        on
            sides.team_id = form.team_id
            and sides.forecast_at >= form.event_timestamp
    asof left join {{ ref("fv_team_strength") }} as strength
        on
            sides.team_id = strength.team_id
            and sides.forecast_at >= strength.event_timestamp
)

select
    seen.*,
    games_before.season_games,
    games_before.all_games
from seen
inner join games_before
    on
        seen.game_id = games_before.game_id
        and seen.team_id = games_before.team_id
where
    seen.form_known_at >= seen.tipoff_at
    or seen.strength_known_at >= seen.tipoff_at
    or coalesce(seen.games_played, 0) != games_before.season_games
    or coalesce(seen.games_rated, 0) != games_before.all_games
