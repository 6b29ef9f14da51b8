{%- set counts = team_box_counts()[3:] -%}
-- Played games as each vintage of the team knows them: own and opponent's box. The
-- cup's final is in no statistics.
with vintages as (
    select * from {{ ref("int_team_vintages") }}
),

schedule as (
    select * from {{ ref("int_team_schedule") }}
    where is_played and is_cup_final is not true
),

boxes as (
    select * from {{ ref("int_team_box_versions") }}
),

moments as (
    select
        vintages.vintage,
        vintages.vintage_at,
        vintages.vintage_until,
        schedule.*,
        greatest(vintages.vintage_at, schedule.known_at) as facts_at
    from vintages
    inner join schedule
        on
            vintages.team_id = schedule.team_id
            -- Vintage 0 keeps every game: the league's averages are taken from it.
            and (vintages.vintage_until > schedule.known_at or vintages.vintage = 0)
),

joined as (
    select
        moments.*,
        case when moments.is_home then results.home_pts else results.away_pts end
            as pts,
        case when moments.is_home then results.away_pts else results.home_pts end
            as opp_pts,
        48 + 5 * (coalesce(results.periods, 4) - 4) as minutes,
        own.fga is not null and opponent.fga is not null as has_box,
        {% for count in counts if count not in ["pts", "opp_pts"] -%}
        {% if count.startswith("opp_") -%}
        opponent.{{ count[4:] }} as {{ count }},
        {% else -%}
        own.{{ count }},
        {% endif -%}
        {% endfor -%}
        cast(
            (
                {{ possessions("own", "opponent") }}
                + {{ possessions("opponent", "own") }}
            ) / 2 as decimal(12, 6)
        ) as possessions
    from moments
    inner join {{ ref("int_game_versions") }} as results
        on
            moments.game_id = results.game_id
            and moments.facts_at >= results.valid_from
            and moments.facts_at < results.valid_until
    left join boxes as own
        on
            moments.game_id = own.game_id
            and moments.team_id = own.team_id
            and moments.facts_at >= own.valid_from
            and moments.facts_at < own.valid_until
    left join boxes as opponent
        on
            moments.game_id = opponent.game_id
            and moments.opponent_team_id = opponent.team_id
            and moments.facts_at >= opponent.valid_from
            and moments.facts_at < opponent.valid_until
)

select
    *,
    1 as games,
    cast(pts > opp_pts as integer) as wins
from joined
