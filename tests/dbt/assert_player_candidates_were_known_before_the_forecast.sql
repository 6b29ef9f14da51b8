-- Who could play must follow from what was published before the forecast; a list that
-- knew who turned up would be the surest leak of all. Only candidates have freshness.
select
    candidates.game_id,
    candidates.player_id
from {{ ref("int_roster_candidates") }} as candidates
where
    candidates.known_at > candidates.forecast_at
    or candidates.last_seen_at > candidates.forecast_at
    or candidates.moved_at > candidates.forecast_at
    or candidates.told_at > candidates.forecast_at
union all
select
    freshness.game_id,
    freshness.player_id
from {{ ref("fv_player_schedule") }} as freshness
anti join {{ ref("int_roster_candidates") }} as candidates
    on
        freshness.game_id = candidates.game_id
        and freshness.player_id = candidates.player_id
