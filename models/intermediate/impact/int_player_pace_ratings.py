"""Pace impact of players, after every date (see ml/ratings/player/pace.py)."""

from ml.ratings.player.impact_warehouse import rows_after
from ml.ratings.player.pace_warehouse import rate_pace_of_warehouse
from ml.settings import load_settings
from ml.system.blas import use_one_thread


def model(dbt, session):
    """One row per player and rated date, with the moment at which it became known."""
    use_one_thread()
    dbt.config(materialized="table")
    return rate_pace_of_warehouse(
        dates=dbt.ref("int_rating_dates").df(),
        stints=rows_after(dbt.ref("int_first_stints")),
        lines=rows_after(dbt.ref("int_first_lines")),
        cache=load_settings().home / "cache" / "pace",
    )
