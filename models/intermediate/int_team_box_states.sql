-- Sums over the games that have a box (play-offs of some seasons have none).
with games as (
    select * from {{ ref("int_team_games") }}
),

priors as (
    select * from {{ ref("int_team_priors") }}
),

moments as (
    select
        team_id,
        greatest(known_at, vintage_at) as moment
    from games
    union all
    select
        team_id,
        opens_at as moment
    from priors
),

known as (
    {{ with_news("games", "team_id", "moment", news="moments") | indent(4) }}
),

boxed_games as (
    select * from known
    where has_box
),

final as (
    {{ team_states("boxed_games", "priors", team_box_counts(), "box_") | indent(4) }}
)

select * from final
{{ and_without_news("moments", "team_id", "moment") }}
