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

days_told as (
    select games.game_date as day_told
    from games
    inner join first_results
        on games.game_id = first_results.game_id
    union all
    select cast({{ eastern("published_at") }} as date) as day_told
    from {{ ref("stg_injury_reports") }}
),

newest as (
    select max(day_told) as newest_day
    from days_told
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
        games.season_type = 'Cup Final' as is_cup_final,
        coalesce(games.is_neutral_site, neutral_sites.venue is not null)
            as is_neutral_site,
        case when coalesce(games.is_neutral_site, true) then neutral_sites.venue end
            as neutral_venue
    from games
    cross join newest
    inner join seasons
        on games.season = seasons.season
    left join first_results
        on games.game_id = first_results.game_id
    left join neutral_sites
        on
            games.game_date between neutral_sites.from_date and neutral_sites.until_date
            and coalesce(neutral_sites.home_team_id, games.home_team_id)
            = games.home_team_id
    -- A game that was put off, or had no result when its day was over, is none.
    where
        first_results.known_at is not null
        or (
            games.status is null
            and games.game_date >= coalesce(newest.newest_day, games.game_date)
        )
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
        is_cup_final,
        is_neutral_site,
        neutral_venue,
        date_diff('day', season_start_date, game_date) as season_day,
        case
            when is_playoffs then 'playoffs'
            when season_type = 'PlayIn' then 'play-in'
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
