"""Impact of every active player, once a week (see ml/impact/ratings.py)."""

from ml.blas import use_one_thread
from ml.impact.warehouse import rate_warehouse
from ml.settings import load_settings


def model(dbt, session):
    """One row per player and rated date, with the moment at which it became known."""
    use_one_thread()
    dbt.config(materialized="table")
    stints = dbt.ref("int_first_stints")
    lines = dbt.ref("int_first_lines")
    return rate_warehouse(
        dates=dbt.ref("int_rating_dates").df(),
        stints=lambda day: _after(stints, day),
        lines=lambda day: _after(lines, day),
        players=dbt.ref("stg_players").df(),
        cache=load_settings().home / "cache" / "impact",
    )


def _after(rows, day):
    chosen = rows if day is None else rows.filter(f"counted_on > date '{day}'")
    return chosen.df().rename(columns={"counted_on": "date"})
