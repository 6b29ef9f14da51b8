{%- set threes, free_throws = 0.357, 0.765 -%}
-- What was known of a game's result when: score and, where there are boxes, efficiency
-- and pace. Of threes half the luck is taken out, of free throws 70 %: makes count as
-- much as the league's share of 2015-16 to 2018-19 ({{ threes }}, {{ free_throws }}).
with scores as (
    select * from {{ ref("int_game_versions") }}
),

boxes as (
    select
        *,
        2 * (fgm - fg3m)
        + 3 * (0.5 * fg3m + 0.5 * {{ threes }} * fg3a)
        + 0.3 * ftm
        + 0.7 * {{ free_throws }} * fta as usual_pts
    from {{ ref("int_team_box_versions") }}
),

moments as (
    select
        game_id,
        valid_from
    from scores
    union
    select
        game_id,
        valid_from
    from boxes
),

spans as (
    select
        *,
        {{ next("valid_from", "game_id", "valid_from") }} as valid_until
    from moments
),

joined as (
    select
        spans.*,
        scores.home_pts,
        scores.away_pts,
        home.usual_pts as home_usual_pts,
        away.usual_pts as away_usual_pts,
        48 + 5 * (coalesce(scores.periods, 4) - 4) as minutes,
        (
            {{ possessions("home", "away") }}
            + {{ possessions("away", "home") }}
        ) / 2 as possessions
    from spans
    inner join scores
        on
            spans.game_id = scores.game_id
            and spans.valid_from >= scores.valid_from
            and spans.valid_from < scores.valid_until
    left join boxes as home
        on
            spans.game_id = home.game_id
            and home.is_home
            and spans.valid_from >= home.valid_from
            and spans.valid_from < home.valid_until
    left join boxes as away
        on
            spans.game_id = away.game_id
            and not away.is_home
            and spans.valid_from >= away.valid_from
            and spans.valid_from < away.valid_until
)

select
    game_id,
    home_pts,
    away_pts,
    {{ ratio("home_usual_pts", "possessions", 100) }} as home_rating,
    {{ ratio("away_usual_pts", "possessions", 100) }} as away_rating,
    {{ ratio("possessions", "minutes", 48) }} as pace,
    valid_from,
    valid_until
from joined
