"""The warehouse's file, opened for a short while; errors say who has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ml.errors import BusyError, MissingError, SettingsError, StorageError, TipoffError
from ml.settings import Settings
from ml.system.faults import denied, tells_of_disk

# As DuckDB says it on Unix and on Windows.
_IN_USE = re.compile(
    r"could not set lock on file|conflicting lock is held"
    r"|being used by another process|file is already open in",
    re.IGNORECASE,
)
_HOLDER = re.compile(r"lock is held in (?P<program>\S+) \(PID (?P<process>\d+)\)")


@contextmanager
def open_warehouse(
    settings: Settings, *, writes: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse; it is closed at the end, so that others can have it.

    Parameters
    ----------
    settings : Settings
        Says where it is.
    writes : bool
        Whether it is opened for writing, for which nobody else may have it open.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Its time zone is UTC.

    Raises
    ------
    MissingError
        If there is none yet.
    BusyError
        If another program has it open.
    StorageError
        If we may not open it.
    SettingsError
        If the file is no DuckDB database.
    """
    path = settings.warehouse
    if not path.exists():
        raise MissingError(
            f"there is no warehouse at {path}", "run `tipoff ingest SOURCE` first"
        )
    try:
        connection = duckdb.connect(str(path), read_only=not writes)
    except duckdb.Error as error:
        raise not_opened(path, error) from error
    with connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set memory_limit = '{settings.duckdb_memory}'")
        yield connection


@contextmanager
def open_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that obeys the settings; it spills into the home.

    Parameters
    ----------
    settings : Settings
        How much memory and how many threads, and where the home is.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Its time zone is UTC.
    """
    spill = str(settings.home / "spill").replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set threads = {settings.threads}")
        connection.execute(f"set memory_limit = '{settings.duckdb_memory}'")
        connection.execute(f"set temp_directory = '{spill}'")
        connection.execute("set enable_progress_bar = false")
        yield connection


def not_opened(path: Path, error: Exception) -> TipoffError:
    """Turn what DuckDB says of a file that it does not open into an error.

    Parameters
    ----------
    path : Path
        The warehouse.
    error : Exception
        What was raised.

    Returns
    -------
    TipoffError
    """
    words = str(error)
    if is_in_use(words):
        return in_use(path, words)
    if not isinstance(error, duckdb.IOException) and (known := denied(error)):
        return known
    if tells_of_disk(words):
        return StorageError(
            f"{path} cannot be opened: {words}",
            "make room or give rights, or give another --home",
        )
    return SettingsError(
        f"{path} is not a DuckDB database: {words}",
        "put a copy of it back, or move it away and ingest again",
    )


def is_in_use(words: str) -> bool:
    """Say whether an error's words tell of a file that another program has open."""
    return _IN_USE.search(words) is not None


def in_use(path: Path, words: str) -> BusyError:
    """Say which program has the warehouse open, where DuckDB tells.

    Parameters
    ----------
    path : Path
        The warehouse.
    words : str
        DuckDB's.

    Returns
    -------
    BusyError
    """
    found = _HOLDER.search(words)
    who = "another program"
    if found is not None:
        program = Path(found["program"]).name
        who = f"another program ({program}, process {found['process']})"
    return BusyError(f"{who} has {path} open", "wait until it is done, or close it")
