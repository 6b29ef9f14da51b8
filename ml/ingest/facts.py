"""Optional facts: what a row can do without.

A bad optional fact becomes null; any other bad value sets its row aside. Where null
says something by itself (a game without points has not been played), a bad value must
not become one.
"""

from __future__ import annotations

from ml.ingest.contract import Column, Table

_NULL_SPEAKS = frozenset(
    {
        ("games", "home_pts"),
        ("games", "away_pts"),
        ("injury_reports", "player"),
        ("injury_reports", "status"),
        ("transactions", "known_date"),
        ("transactions", "from_team_id"),
        ("transactions", "to_team_id"),
    }
)


def is_optional_fact(table: Table, column: Column) -> bool:
    """Say whether a bad value of a column becomes null.

    Parameters
    ----------
    table : Table
        A table of the contract.
    column : Column
        One of its columns.

    Returns
    -------
    bool
    """
    return column.nullable and (table.name, column.name) not in _NULL_SPEAKS
