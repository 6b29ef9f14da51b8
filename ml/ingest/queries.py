"""What a mapping computes: SQL of its author that may read the source and no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ml.errors import SettingsError
from ml.ingest.source import connect
from ml.ingest.sql import SQLITE_ERRORS

if TYPE_CHECKING:
    from ml.ingest.source import Source

_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN_FUNCTIONS = ("load_extension", "fts3_tokenizer", "readfile", "writefile")


@contextmanager
def reading_only(source: Source) -> Iterator[sqlite3.Connection]:
    """Open a source for SQL that somebody else wrote.

    Parameters
    ----------
    source : Source
        Where.

    Yields
    ------
    sqlite3.Connection
        On which a statement can read tables and call functions, and nothing else: no
        other file, no pragma, no table made or changed.
    """
    with closing(connect(source.place)) as connection:
        connection.set_authorizer(_authorize)
        yield connection


def columns_of(source: Source, query: str, where: str) -> tuple[str, ...]:
    """Name the columns of a query, without running it.

    Parameters
    ----------
    source : Source
        Where.
    query : str
        One ``select``.
    where : str
        What to call it in an error.

    Returns
    -------
    tuple of str

    Raises
    ------
    SettingsError
        If it is no query, or not allowed.
    """
    try:
        with reading_only(source) as connection:
            found = connection.execute(f"select * from (\n{query}\n) limit 0")
            return tuple(column[0] for column in found.description)
    except (*SQLITE_ERRORS, sqlite3.Warning) as error:
        tables = ", ".join(sorted(source.tables))
        raise SettingsError(
            f"mapping: {where}: {error}, in {' '.join(query.split())[:200]!r}",
            "write one SELECT, or one expression, in SQLite's SQL over the source's "
            f"own tables: {tables}",
        ) from error


def has_rows(source: Source, query: str) -> bool:
    """Say whether a query has any row; one that cannot be run has none.

    Parameters
    ----------
    source : Source
        Where.
    query : str
        One ``select``.

    Returns
    -------
    bool
    """
    try:
        with reading_only(source) as connection:
            asked = f"select 1 from (\n{query}\n) limit 1"
            return connection.execute(asked).fetchone() is not None
    except SQLITE_ERRORS:
        return False


def _authorize(action: int, first: str | None, second: str | None, *_: object) -> int:
    is_fine = action in _ALLOWED and (second or "").lower() not in _FORBIDDEN_FUNCTIONS
    return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY
