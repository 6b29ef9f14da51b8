with games as (
    select * from {{ ref("stg_games") }}
    where superseded_at is null
),

first_results as (
    select
        game_id,
        min(valid_from) as known_at
    from {{ ref("int_game_versions") }}
    group by game_id
),

neutral_sites as (
    select * from {{ ref("neutral_sites") }}
),

seasons as (
    select
        season,
        min(game_date) as season_start_date
    from games
    group by season
),

timed as (
    select
        games.game_id,
        games.season,
        games.season_type,
        games.game_date,
        games.tipoff_at,
        games.home_team_id,
        games.away_team_id,
        games.home_pts,
        games.away_pts,
        games.periods,
        seasons.season_start_date,
        first_results.known_at,
        games.season_type = 'Playoffs' as is_playoffs,
        neutral_sites.venue as neutral_venue
    from games
    inner join seasons
        on games.season = seasons.season
    left join first_results
        on games.game_id = first_results.game_id
    left join neutral_sites
        on
            games.game_date between neutral_sites.from_date and neutral_sites.until_date
            and coalesce(neutral_sites.home_team_id, games.home_team_id)
            = games.home_team_id
),

phased as (
    select
        game_id,
        season,
        season_type,
        season_start_date,
        game_date,
        tipoff_at,
        tipoff_at - interval {{ var("horizon_minutes") }} minutes as forecast_at,
        -- The schedule of a play-off game is out about two days ahead, every other
        -- one months ahead: a day is safely later, and earlier than any forecast.
        tipoff_at - interval 24 hours as schedule_known_at,
        known_at,
        home_team_id,
        away_team_id,
        is_playoffs,
        neutral_venue is not null as is_neutral_site,
        neutral_venue,
        date_diff('day', season_start_date, game_date) as season_day,
        case
            when is_playoffs then 'playoffs'
            when season_day < 45 then 'early'
            when season_day < 120 then 'middle'
            else 'late'
        end as season_phase,
        known_at is not null as is_played,
        home_pts,
        away_pts,
        periods
    from timed
)

select * from phased
