with games as (
    select
        *,
        {{ eastern(
            "coalesce(tipoff_et, game_date + time '" ~ var("default_tipoff") ~ "')"
        ) }} as tipoff_at
    from {{ source("raw", "games") }}
),

known as (
    select
        *,
        coalesce(
            {{ utc("known_at") }},
            tipoff_at + interval {{ var("known_after_hours") }} hours
        ) <= {{ as_of() }} as is_result_known
    from games
)

select
    game_id,
    season,
    season_type,
    game_date,
    tipoff_at,
    home_team_id,
    away_team_id,
    status,
    is_neutral_site = 1 as is_neutral_site,
    case when is_result_known then home_pts end as home_pts,
    case when is_result_known then away_pts end as away_pts,
    case when is_result_known then periods end as periods,
    {{ versions() }}
from known
where {{ known_rows() }}
