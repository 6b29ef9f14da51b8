-- Sums over the games that have a box (play-off games before 2020-21 have none).
with boxed_games as (
    select * from {{ ref("int_team_games") }}
    where has_box
),

priors as (
    select * from {{ ref("int_team_priors") }}
),

final as (
    {{ team_states("boxed_games", "priors", team_box_counts(), "box_") | indent(4) }}
)

select * from final
