"""A source file: is it a readable SQLite database, and has it changed."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ml.errors import SourceError

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100


@dataclass(frozen=True)
class Source:
    """A SQLite database that has been looked over.

    Attributes
    ----------
    path : Path
        Where it is.
    fingerprint : str
        SHA-256 of its bytes (and of its write-ahead log, where there is one).
    tables : dict of str to tuple of str
        Columns by table or view, as the source spells them.
    """

    path: Path
    fingerprint: str
    tables: dict[str, tuple[str, ...]]


def open_source(path: Path) -> Source:
    """Look a source over before anything is read from it.

    Parameters
    ----------
    path : Path
        A SQLite database.

    Returns
    -------
    Source

    Raises
    ------
    SourceError
        If it is missing, a folder, not a SQLite database, truncated, damaged or
        locked.
    """
    _check_file(path)
    try:
        with closing(connect(path)) as connection:
            verdict = connection.execute("pragma quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            names = connection.execute(
                "select name from sqlite_master where type in ('table', 'view') "
                "and name not like 'sqlite_%' order by name"
            ).fetchall()
            tables = {name: _columns(connection, name) for (name,) in names}
    except sqlite3.Error as error:
        raise unreadable(path, error) from error
    return Source(path, fingerprint(path), tables)


def connect(path: Path) -> sqlite3.Connection:
    """Open a SQLite database for reading only, without waiting for locks.

    Text that is not UTF-8 comes back with replacement characters.

    Parameters
    ----------
    path : Path
        The database.

    Returns
    -------
    sqlite3.Connection
    """
    uri = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=0)
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    return connection


def fingerprint(path: Path) -> str:
    """Hash a database file together with its write-ahead log.

    Parameters
    ----------
    path : Path
        The database.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for part in (path, path.with_name(path.name + "-wal")):
        if part.exists():
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def unreadable(path: Path, error: Exception) -> SourceError:
    """Turn what SQLite says into an error with a remedy.

    Parameters
    ----------
    path : Path
        The database.
    error : Exception
        What was raised.

    Returns
    -------
    SourceError
    """
    words = str(error)
    if "locked" in words:
        return SourceError(
            f"{path} is locked by another program",
            "close the program that writes to it, or ingest a copy",
        )
    if "readonly" in words:
        # Its journal has to be rolled back, which only who may write can do.
        return SourceError(
            f"{path} is half-written: the program that wrote to it was stopped",
            "let it run again, or give a copy made with sqlite3's .backup",
        )
    return SourceError(
        f"{path} is damaged: {words}", "restore the file from a copy and try again"
    )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise SourceError(
            f"{path} does not exist", "give the path of a SQLite database"
        )
    if path.is_dir():
        raise SourceError(
            f"{path} is a folder", "give the path of the SQLite database in it"
        )
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be opened: {error.strerror}", "check its permissions"
        ) from error
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise SourceError(
            f"{path} is not a SQLite database: it begins with {header[:16]!r}",
            "give the path of a SQLite database",
        )
    page_size = struct.unpack(">H", header[16:18])[0]
    n_pages = struct.unpack(">I", header[28:32])[0]
    expected = (65536 if page_size == 1 else page_size) * n_pages
    if path.stat().st_size < expected:
        raise SourceError(
            f"{path} is truncated: {path.stat().st_size:,} of {expected:,} bytes",
            "copy the file again",
        )


def _columns(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    rows = connection.execute("select name from pragma_table_info(?)", (name,))
    return tuple(row[0] for row in rows)
