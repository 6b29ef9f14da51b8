"""P(plays) of everyone on a roster (see ml/ratings/player/play_chances.py)."""

from ml.ratings.player.play_chances import play_chances
from ml.system.blas import use_one_thread


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
