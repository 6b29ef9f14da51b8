"""Limits on what a source may cost: time, memory, rows and the length of a cell.

A file can hold views that never end, columns that are computed as they are read, and
cells that fill the memory. SQLite's own limits stop them; a table that only stores its
rows is read the fast way, everything else within these.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from ml.errors import SourceError

# Of this process, so that a busy machine does not count: a file of 76 MB with nine
# seasons takes 9 s, all of it read through Python 30 s.
_SECONDS = 30.0
_SECONDS_PER_MB = 1.0
_STEPS_BETWEEN = 20_000
_HEAP_BYTES = 1 << 30
_CELL_BYTES = 32 << 20
MOST_ROWS = 5_000_000
LONGEST_CELL = 10_000
_CHUNK_ROWS = 2_000
_BESIDE = ("-wal", "-shm", "-journal")
_REMEDY = "copy what the contract asks for into tables of a file of their own"


def bound(connection: sqlite3.Connection, path: Path) -> None:
    """Let no statement of a connection take endless time or memory.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of a source.
    path : Path
        Its file; a larger one may take longer.
    """
    size = path.stat().st_size / 1e6 if path.exists() else 0.0
    until = time.thread_time() + _SECONDS + _SECONDS_PER_MB * size
    connection.set_progress_handler(lambda: time.thread_time() > until, _STEPS_BETWEEN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    # What a view sorts stays out of the disk, and within this much memory.
    connection.execute("pragma temp_store = memory")
    connection.execute(f"pragma hard_heap_limit = {_HEAP_BYTES}")


def too_much(path: Path, error: Exception) -> SourceError | None:
    """Say which limit a source has met; None where it was none.

    Parameters
    ----------
    path : Path
        The source.
    error : Exception
        What SQLite raised.
    """
    name = str(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, MemoryError) or name == "SQLITE_NOMEM":
        words = f"takes more than {_HEAP_BYTES:,} bytes of memory to read"
    elif name == "SQLITE_INTERRUPT":
        words = "takes too long to read: a view or a computed column may never end"
    elif name == "SQLITE_TOOBIG":
        words = f"holds a cell or a row of more than {_CELL_BYTES:,} bytes"
    else:
        return None
    return SourceError(f"{path} {words}", _REMEDY)


def require_regular_beside(path: Path) -> None:
    """Refuse what SQLite would open beside a source and wait for.

    Raises
    ------
    SourceError
        Naming it.
    """
    for ending in _BESIDE:
        part = path.with_name(path.name + ending)
        try:
            is_regular = stat.S_ISREG(part.stat().st_mode)
        except OSError:
            continue
        if not is_regular:
            raise SourceError(
                f"{part} is no regular file, and SQLite would read it with {path.name}",
                "move it away",
            )


def is_stored(path: Path, name: str) -> bool:
    """Say whether a table only stores its rows: no view, nothing computed.

    Parameters
    ----------
    path : Path
        The source.
    name : str
        A table or view of it.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=0)) as connection:
        bound(connection, path)
        row = connection.execute(
            "select type, sql from sqlite_master where lower(name) = lower(?)", (name,)
        ).fetchone()
        if row is None or row[0] != "table":
            return False
        if not str(row[1]).lstrip().lower().startswith("create table"):
            return False
        hidden = connection.execute(
            "select count(*) from pragma_table_xinfo(?) where hidden <> 0", (name,)
        ).fetchone()
        return bool(hidden[0] == 0)


def chunks(
    rows: sqlite3.Cursor, path: Path, name: str
) -> Iterator[list[Sequence[Any]]]:
    """Yield a query's rows, some at a time, within the limits.

    Raises
    ------
    SourceError
        If there are more than `MOST_ROWS`, or a cell is longer than `LONGEST_CELL`.
    """
    rows.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
    n_rows = 0
    try:
        while chunk := rows.fetchmany(_CHUNK_ROWS):
            n_rows += len(chunk)
            if n_rows > MOST_ROWS:
                raise SourceError(
                    f"{path}: {name} has more than {MOST_ROWS:,} rows", _REMEDY
                )
            # What SQLite computed once before the first row it does not look at again.
            if any(
                len(cell) > LONGEST_CELL
                for row in chunk
                for cell in row
                if isinstance(cell, str | bytes)
            ):
                raise cell_too_long(path, name)
            yield chunk
    except (sqlite3.DataError, sqlite3.OperationalError) as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_TOOBIG":
            raise cell_too_long(path, name) from error
        raise


def require_short_cells(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str
) -> None:
    """Refuse a table that was read the fast way and has a cell that is too long.

    Raises
    ------
    SourceError
        Naming the table.
    """
    columns = [
        name
        for name, kind, *_ in connection.execute(f"describe {table}").fetchall()
        if kind == "VARCHAR"
    ]
    if not columns:
        return
    longest = ", ".join(f'max(strlen("{name}"))' for name in columns)
    found = connection.execute(f"select {longest} from {table}").fetchall()[0]
    if max((length or 0 for length in found), default=0) > LONGEST_CELL:
        raise cell_too_long(path, table.rpartition(".")[2])


def cell_too_long(path: Path, name: str) -> SourceError:
    """Return the error of a table with a cell longer than any that is meant."""
    return SourceError(
        f"{path}: {name} has a cell of more than {LONGEST_CELL:,} bytes",
        "look at the longest texts of its columns and correct them",
    )
