"""Impact of every active player, twice a week (see ml/impact/ratings.py)."""

from ml.impact.warehouse import rate_warehouse


def model(dbt, session):
    """One row per player and rated date, with the moment at which it became known."""
    dbt.config(materialized="table")
    return rate_warehouse(
        games=dbt.ref("int_games").df(),
        stints=dbt.ref("stg_impact_lineup_stints").df(),
        lines=dbt.ref("stg_player_game_stats").df(),
        players=dbt.ref("stg_players").df(),
        known=_previous(dbt, session),
    )


def _previous(dbt, session):
    """Return the table of the build before; unchanged dates are taken from it."""
    name = dbt.this.identifier
    found = session.execute(
        "select count(*) from information_schema.tables where table_name = ?", [name]
    ).fetchone()
    return session.execute(f"select * from {dbt.this}").df() if found[0] else None
