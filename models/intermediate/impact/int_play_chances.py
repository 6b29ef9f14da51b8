"""P(plays) of everyone on a roster (see ml/impact/play_chances.py)."""

from ml.blas import use_one_thread
from ml.impact.play_chances import play_chances


def model(dbt, session):
    """One row per game, team and player."""
    use_one_thread()
    dbt.config(materialized="table")
    presence = dbt.ref("int_player_presence").filter("has_box")
    columns = "game_id, team_id, player_id, known_at, has_played"
    return play_chances(
        known=dbt.ref("int_roster_known").df(),
        presence=presence.project(columns).df(),
    )
