with ratings as (
    select * from {{ ref("int_team_ratings") }}
)

select
    team_id,
    event_timestamp,
    event_timestamp as created_timestamp,
    games_rated,
    {{ feature("elo", 4) }} as elo,
    {{ feature("attack", 4) }} as attack,
    {{ feature("defense", 4) }} as defense,
    {{ feature("attack - defense", 4) }} as strength,
    {{ feature("league_pts", 4) }} as league_pts,
    {{ feature("adj_off_rating_h10", 4) }} as adj_off_rating_h10,
    {{ feature("adj_def_rating_h10", 4) }} as adj_def_rating_h10,
    {{ feature("adj_off_rating_h60", 4) }} as adj_off_rating_h60,
    {{ feature("adj_def_rating_h60", 4) }} as adj_def_rating_h60,
    {{ feature("adj_pace_h8", 4) }} as adj_pace_h8,
    {{ feature("adj_pace_h25", 4) }} as adj_pace_h25
from ratings
