"""The SQLite file that fetched rows are written to: a source like any other."""

from __future__ import annotations

import math
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ml.errors import StorageError
from ml.ingest.contract import CONTRACT
from ml.sources.nba.moves import TRANSACTION_COLUMNS

KNOWN_AT = "known_at"
_MOST_CHARACTERS = 1_000
_NO_NUMBER = 2**63
_LEFT_OUT = frozenset({"player_seasons", "player_prop_lines"})
_TYPES = {"integer": "integer", "real": "real"}
_TRANSACTION_TYPES = {
    name: "integer" if name.endswith("_id") or name == "day_order" else "text"
    for name in TRANSACTION_COLUMNS
}
_COLUMNS: dict[str, dict[str, str]] = {
    table.name: {
        column.name: _TYPES.get(column.kind, "text") for column in table.columns
    }
    for table in CONTRACT
    if table.name not in _LEFT_OUT
} | {"transactions": _TRANSACTION_TYPES}


@dataclass(frozen=True)
class Change:
    """What became of a table.

    Attributes
    ----------
    table : str
        Its name.
    new, changed, gone : int
        Rows.
    """

    table: str
    new: int
    changed: int
    gone: int


class LeagueFile:
    """A league database of the source contract, with the moment each row was captured.

    Parameters
    ----------
    path : Path
        The SQLite file; made where it is absent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whatever thread ends it, one at a time uses it.
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
        weakref.finalize(self, self._connection.close)
        with self._connect() as connection:
            for table, columns in _COLUMNS.items():
                told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(
                    f"create table if not exists {table} ({told}, {KNOWN_AT} text)"
                )
                if "game_id" in columns:
                    connection.execute(
                        f"create index if not exists {table}_game on {table} (game_id)"
                    )

    def read(self, table: str, where: str = "true", *values: str) -> pd.DataFrame:
        """Return rows of a table, with ``known_at``."""
        with self._connect() as connection:
            return pd.read_sql(
                f"select * from {table} where {where}", connection, params=values
            )

    def game_ids(self, table: str, season: str = "") -> set[str]:
        """Return the games, of a season or all, that a table has rows of."""
        where = "season = ?" if season else "?1 = ''"
        query = f"select distinct game_id from {table} where {where}"
        with self._connect() as connection:
            rows = connection.execute(query, [season])
            return {row[0] for row in rows}

    def replace(
        self,
        table: str,
        rows: pd.DataFrame,
        key: Sequence[str],
        *,
        captured_at: datetime,
        scope: Sequence[str] = (),
    ) -> Change:
        """Write rows in one transaction.

        A row that says what it said before keeps its ``known_at``; a new or changed one
        gets the moment of capture. Rows of the same `scope` that are not among the new
        ones go.

        Parameters
        ----------
        table : str
            Its name.
        rows : DataFrame
            With the columns of the contract; what is absent is null.
        key : sequence of str
            What tells one row from another.
        captured_at : datetime
            When the answer came (UTC).
        scope : sequence of str
            Columns: all stored rows that have the same values of them as some new row
            are replaced. Empty: only rows of the same key.

        Returns
        -------
        Change
        """
        columns = list(_COLUMNS[table])
        found = [
            tuple(_plain(value) for value in row)
            for row in rows.reindex(columns=columns).itertuples(index=False, name=None)
        ]
        places = [columns.index(name) for name in key]
        within = [columns.index(name) for name in scope or key]
        new = {tuple(row[place] for place in places): row for row in found}
        scopes = {tuple(row[place] for place in within) for row in found}
        moment = captured_at.strftime("%Y-%m-%d %H:%M:%S")
        with self._connect() as connection:
            names = ", ".join(columns)
            stored: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
            connection.execute("create temp table if not exists wanted (value)")
            connection.execute("delete from wanted")
            connection.executemany(
                "insert into wanted values (?)",
                sorted({its[:1] for its in scopes}, key=repr),
            )
            query = (
                f"select rowid, {names} from {table} "
                f"where {(scope or key)[0]} in (select value from wanted)"
            )
            for row_id, *values in connection.execute(query):
                if tuple(values[place] for place in within) in scopes:
                    its = tuple(values[place] for place in places)
                    stored[its] = (row_id, tuple(values))
            added = [row for its, row in new.items() if its not in stored]
            changed = [
                its
                for its, row in new.items()
                if its in stored and stored[its][1] != row
            ]
            gone = [its for its in stored if its not in new]
            connection.executemany(
                f"delete from {table} where rowid = ?",
                [(stored[its][0],) for its in (*changed, *gone)],
            )
            marks = ", ".join("?" * (len(columns) + 1))
            connection.executemany(
                f"insert into {table} values ({marks})",
                [(*row, moment) for row in (*added, *(new[its] for its in changed))],
            )
        return Change(table, len(added), len(changed), len(gone))

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self._connect() as connection:
            return {
                table: connection.execute(f"select count(*) from {table}").fetchone()[0]
                for table in _COLUMNS
            }

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except (sqlite3.DatabaseError, pd.errors.DatabaseError) as error:
            raise StorageError(
                f"{self.path}: {error}",
                "delete it: `tipoff fetch … --offline` writes it anew from the cache",
            ) from error


def _plain(value: Any) -> Any:
    """Return a value as SQLite stores it."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= _NO_NUMBER:
        value = str(value)
    if isinstance(value, int | float):
        return None if math.isnan(value) else value
    if isinstance(value, str):
        # Halves of characters are no text, and what is endless is nobody's name.
        return value[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()
    return _plain(value.item()) if hasattr(value, "item") else str(value)
