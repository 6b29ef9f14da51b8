"""Impact of every active player, once a week (see ml/ratings/player/impact.py)."""

from ml.ratings.player.impact_warehouse import rate_warehouse, rows_after
from ml.settings import load_settings
from ml.system.blas import use_one_thread


def model(dbt, session):
    """One row per player and rated date, with the moment at which it became known."""
    use_one_thread()
    dbt.config(materialized="table")
    return rate_warehouse(
        dates=dbt.ref("int_rating_dates").df(),
        stints=rows_after(dbt.ref("int_first_stints")),
        lines=rows_after(dbt.ref("int_first_lines")),
        players=dbt.ref("stg_players").df(),
        cache=load_settings().home / "cache" / "impact",
    )
