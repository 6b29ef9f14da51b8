-- At the moment of the forecast the newest state of a player counts exactly the games
-- he is known to have played by then (but the cup's final), and every row is older
-- than tip-off. Without this test a wrong stamp would let a game see its own box, or
-- hide the one before. Every twentieth game is looked at.
with player_games as (
    select * from {{ ref("fct_player_games") }}
    where hash(game_id) % 20 = 0
),

lines as (
    select * from {{ ref("int_player_lines") }}
    where min > 0 and not is_cup_final
),

games_before as (
    select
        player_games.game_id,
        player_games.player_id,
        count(lines.game_id) as games
    from player_games
    left join lines
        on
            player_games.player_id = lines.player_id
            and player_games.forecast_at >= lines.valid_from
            and player_games.forecast_at < lines.valid_until
    group by player_games.game_id, player_games.player_id
),

seen as (
    select
        player_games.*,
        profile.event_timestamp as profile_known_at,
        profile.games_career,
        form.event_timestamp as form_known_at,
        availability.event_timestamp as availability_known_at
    from player_games
    asof left join {{ ref("fv_player_profile") }} as profile
        on
            player_games.player_id = profile.player_id
            and player_games.forecast_at >= profile.event_timestamp
    asof left join {{ ref("fv_player_form") }} as form
        on
            player_games.player_id = form.player_id
            and player_games.forecast_at >= form.event_timestamp
    asof left join {{ ref("fv_player_availability") }} as availability
        on
            player_games.player_id = availability.player_id
            and player_games.forecast_at >= availability.event_timestamp
)

select
    seen.game_id,
    seen.player_id,
    seen.games_career,
    games_before.games
from seen
inner join games_before
    on
        seen.game_id = games_before.game_id
        and seen.player_id = games_before.player_id
where
    coalesce(seen.games_career, 0) != games_before.games
    or (games_before.games > 0 and seen.form_known_at is null)
    or greatest(
        seen.profile_known_at, seen.form_known_at, seen.availability_known_at
    ) >= seen.tipoff_at
