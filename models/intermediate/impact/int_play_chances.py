"""P(plays) of everyone on a roster (see ml/impact/play_chances.py)."""

from threadpoolctl import threadpool_limits

from ml.impact.play_chances import play_chances


def model(dbt, session):
    """One row per game, team and player."""
    dbt.config(materialized="table")
    presence = dbt.ref("int_player_presence").filter("has_box")
    columns = "game_id, team_id, player_id, known_at, has_played"
    # The systems are small, and one thread adds in one order.
    with threadpool_limits(1, "blas"):
        chances = play_chances(
            known=dbt.ref("int_roster_known").df(),
            presence=presence.project(columns).df(),
        )
    return chances
