-- Sums over all played games.
with games as (
    select * from {{ ref("int_team_games") }}
),

priors as (
    select * from {{ ref("int_team_priors") }}
),

final as (
    {{ team_states("games", "priors", team_result_counts(), "result_") | indent(4) }}
)

select * from final
