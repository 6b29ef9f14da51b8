"""Seasons that are named by one year: the one they begin in, or the one they end in.

Dates tell: a game of January 2024 belongs to the season begun in 2023. A year alone is
read as the first one, unless most of the source's dated rows say that it is the last.
"""

from __future__ import annotations

import duckdb

from ml.ingest.contract import CONTRACT
from ml.ingest.remarks import note_remark

_YEAR_ALONE = r"\d{4}(\.0+)?"
_FIRST_YEAR = "left(record.season, 4)::integer"
_WITHOUT_DATES = ("starters", "impact_lineup_stints")


def settle_seasons(connection: duckdb.DuckDBPyConnection) -> None:
    """Move the seasons of tables that name them by the year in which they end.

    Each table tells of itself, by its dates or those of its games. One without either
    follows the others.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found``, ``typed`` and the table of remarks.
    """
    undated, moved = [], []
    for table in CONTRACT:
        if "season" not in table.column_names or not _has_found(connection, table.name):
            continue
        if "game_date" not in table.column_names and table.name not in _WITHOUT_DATES:
            undated.append(table.name)
        elif _ends_in_its_year(connection, table.name):
            moved.append(table.name)
    for name in [*moved, *(undated if moved else ())]:
        _move(connection, name)


def _has_found(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    row = connection.execute(
        "select 1 from duckdb_columns() where schema_name = 'found' "
        "and table_name = ? and column_name = 'season'",
        [name],
    ).fetchone()
    return row is not None


def _of_one_year(name: str) -> str:
    return (
        f"typed.{name} as record inner join found.{name} as found using (_row) "
        f"where regexp_full_match(trim(found.season::varchar), '{_YEAR_ALONE}')"
    )


def _ends_in_its_year(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Say whether more rows lie in the year before the one they name than in it."""
    day = "record.game_date"
    if name in _WITHOUT_DATES:
        day = (
            "(select min(games.game_date) from typed.games as games "
            "where games.game_id = record.game_id)"
        )
    row = connection.execute(
        f"""
        with told as (
            select {_FIRST_YEAR} as named, {day} as day from {_of_one_year(name)}
        ),
        begun as (
            select named, year(day) - (month(day) < 7)::integer as first_year from told
        )
        select count(*) filter (first_year = named - 1) > count(*) filter (
            first_year = named
        )
        from begun
        """
    ).fetchone()
    return bool(row and row[0])


def _move(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = f"select record._row, {_FIRST_YEAR} as last_year from {_of_one_year(name)}"
    n_rows, example = connection.execute(
        f"select count(*), min(last_year)::varchar from ({rows})"
    ).fetchall()[0]
    if n_rows == 0:
        return
    connection.execute(
        f"""
        update typed.{name} as record
        set season = (last_year - 1) || '-' || right(last_year::varchar, 2)
        from ({rows}) as named
        where record._row = named._row
        """
    )
    what = "named by the year in which the season ends, as its dates tell"
    note_remark(connection, name, "season", what, n_rows=n_rows, example=example)
