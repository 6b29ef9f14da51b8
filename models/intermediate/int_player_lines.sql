-- What was known of a player's game when: one row per player, game and version of his
-- line or of his team's totals.
with lines as (
    select
        * exclude (player_name, known_at, superseded_at),
        known_at as corrected_at,
        superseded_at as line_superseded_at
    from {{ ref("stg_player_game_stats") }}
),

games as (
    select * from {{ ref("int_games") }}
    where is_played
),

team_versions as (
    select * from {{ ref("int_player_team_versions") }}
),

starters as (
    select
        stg_starters.game_id,
        stg_starters.player_id,
        {{ valid_from("stg_starters.known_at", "games.known_at") }} as valid_from
    from {{ ref("stg_starters") }} as stg_starters
    inner join games
        on stg_starters.game_id = games.game_id
    where stg_starters.superseded_at is null
),

starting_fives as (
    select
        game_id,
        min(valid_from) as valid_from
    from starters
    group by game_id
),

timed as (
    select
        lines.*,
        games.season,
        games.game_date,
        games.tipoff_at,
        games.is_cup_final,
        games.known_at as game_known_at,
        cast(left(games.season, 4) as bigint) as season_year,
        {{ valid_from("lines.corrected_at", "games.known_at") }} as line_valid_from,
        coalesce(lines.line_superseded_at, timestamptz 'infinity') as line_valid_until
    from lines
    inner join games
        on lines.game_id = games.game_id
)

select
    timed.*,
    team_versions.game_min,
    case
        when starting_fives.valid_from <= timed.line_valid_from
            then starters.player_id is not null
    end as is_starter,
    cast(timed.fga + 0.44 * timed.fta + timed.tov as decimal(12, 2)) as plays,
    {{ ratio("team_versions.team_plays * timed.min", "team_versions.game_min") }}
        as team_plays,
    {{ ratio("team_versions.team_possessions * timed.min", "team_versions.game_min") }}
        as possessions,
    greatest(timed.line_valid_from, team_versions.valid_from) as valid_from,
    least(timed.line_valid_until, team_versions.valid_until) as valid_until
from timed
left join team_versions
    on
        timed.game_id = team_versions.game_id
        and timed.team_id = team_versions.team_id
        and timed.line_valid_from < team_versions.valid_until
        and timed.line_valid_until > team_versions.valid_from
left join starting_fives
    on timed.game_id = starting_fives.game_id
left join starters
    on
        timed.game_id = starters.game_id
        and timed.player_id = starters.player_id
        and timed.line_valid_from >= starters.valid_from
where timed.line_valid_from < timed.line_valid_until
