"""A source file: is it a readable SQLite database, and has it changed."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import stat
import struct
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ml.errors import SourceError
from ml.ingest.bounds import bound, require_regular_beside, too_much
from ml.ingest.sql import SQLITE_ERRORS
from ml.ingest.text import decode_text

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
# What SQLite says of a file that it would open elsewhere: rights, locks, shared memory.
_CANNOT_LIE = (
    *("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOLFS", "SQLITE_PROTOCOL"),
    *("SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY"),
    "SQLITE_READONLY_RECOVERY",
)
_OTHER_FILES = {
    b"DUCK": "it is one of DuckDB",
    b"PAR1": "it is a Parquet file",
    b"PK\x03\x04": "it is a zip archive; unpack it",
    b"\x1f\x8b\x08": "it is packed with gzip; unpack it",
}
_OTHER_WITHIN = 12


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
    place : Path
        Where it is read: `path`, or a copy where SQLite cannot open it there. A copy is
        deleted with this object.
    """

    path: Path
    fingerprint: str
    tables: dict[str, tuple[str, ...]]
    place: Path


def open_source(path: Path, *, is_known: bool = False) -> Source:
    """Look a source over before anything is read from it.

    Parameters
    ----------
    path : Path
        A SQLite database.
    is_known : bool
        Whether it was looked over before: then it is not read through again, and its
        fingerprint is left empty.

    Returns
    -------
    Source

    Raises
    ------
    SourceError
        If it is missing, a folder, a pipe, not a SQLite database, truncated, damaged,
        locked, or nobody lets us read it.
    """
    check_file(path)
    place, let_go = _place(path)
    try:
        with closing(connect(place)) as connection:
            check = "select 'ok'" if is_known else "pragma quick_check(1)"
            verdict = connection.execute(check).fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            names = connection.execute(
                "select name from sqlite_master where type in ('table', 'view') "
                "and name not like 'sqlite_%' order by name"
            ).fetchall()
            tables = {name: _columns(connection, name) for (name,) in names}
        source = Source(path, "" if is_known else fingerprint(path), tables, place)
    except (*SQLITE_ERRORS, MemoryError) as error:
        let_go()
        raise unreadable(path, error) from error
    except BaseException:
        let_go()
        raise
    weakref.finalize(source, let_go)
    return source


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a source for a few questions, wherever it lies.

    Parameters
    ----------
    path : Path
        A SQLite database.

    Yields
    ------
    sqlite3.Connection
        For reading only.

    Raises
    ------
    SourceError
        As `open_source`, but the file is not looked through.
    """
    check_file(path)
    place, let_go = _place(path)
    try:
        with closing(connect(place)) as connection:
            yield connection
    finally:
        let_go()


def connect(path: Path) -> sqlite3.Connection:
    """Open a SQLite database for reading only, without waiting for locks.

    Text that is not UTF-8 comes back as `ml.ingest.text.Recoded`.

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
    connection.text_factory = decode_text
    bound(connection, path)
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

    Raises
    ------
    SourceError
        If one of them cannot be read.
    """
    digest = hashlib.sha256()
    require_regular_beside(path)
    try:
        for part in (path, _log(path)):
            if part.exists():
                with part.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise _not_read(path, error) from error
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
    words, name = str(error), _name(error)
    if (limit := too_much(path, error)) is not None:
        return limit
    if "locked" in words:
        return SourceError(
            f"{path} is locked by another program",
            "close the program that writes to it, or ingest a copy",
        )
    if name == "SQLITE_READONLY_ROLLBACK":
        # Its journal has to be rolled back, which only who may write can do.
        return SourceError(
            f"{path} is half-written: the program that wrote to it was stopped",
            "let it run again, or give a copy made with sqlite3's .backup",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or not name:
        return SourceError(
            f"{path} is damaged: {words}", "restore the file from a copy and try again"
        )
    return SourceError(
        f"{path} cannot be read where it lies: {words} ({name})",
        "copy it, and the files beside it whose names begin with its own, to a folder "
        "of this machine that you may write to, and give the copy",
    )


def check_file(path: Path) -> None:
    """Say what is wrong with a source that is no whole SQLite file.

    Parameters
    ----------
    path : Path
        What was given.

    Raises
    ------
    SourceError
        Naming what it is instead.
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise SourceError(
            f"{path} does not exist", "give the path of a SQLite database"
        ) from error
    except OSError as error:
        raise _not_read(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(
            f"{path} is a folder", "give the path of the SQLite database in it"
        )
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(
            f"{path} is a pipe or a device, not a file",
            "write the SQLite database to a file and give that",
        )
    require_regular_beside(path)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise _not_read(path, error) from error
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise SourceError(
            f"{path} is not a SQLite database: {_called(header)}",
            "give the path of a SQLite database",
        )
    page_size = struct.unpack(">H", header[16:18])[0]
    n_pages = struct.unpack(">I", header[28:32])[0]
    expected = (65536 if page_size == 1 else page_size) * n_pages
    # What the file lacks may still be in its write-ahead log.
    if status.st_size < expected and not _size(_log(path)):
        raise SourceError(
            f"{path} is truncated: {status.st_size:,} of {expected:,} bytes",
            "copy the file again",
        )


def _called(header: bytes) -> str:
    for begin, words in _OTHER_FILES.items():
        if begin in header[:_OTHER_WITHIN]:
            return words
    return f"it begins with {header[:16]!r}" if header else "it is empty"


def _place(path: Path) -> tuple[Path, Callable[[], None]]:
    """Find where SQLite can open a source: where it lies, or in a copy.

    A database in WAL mode cannot be opened in a folder that may not be written to, nor
    can many a file on a network's disk. Returns the place, and what lets go of it.
    """
    try:
        with closing(connect(path)) as connection:
            connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if not _name(error).startswith(_CANNOT_LIE):
            raise unreadable(path, error) from error
    except SQLITE_ERRORS as error:
        raise unreadable(path, error) from error
    else:
        return path, lambda: None
    folder = Path(tempfile.mkdtemp(prefix="tipoff-"))
    let_go = partial(shutil.rmtree, folder, ignore_errors=True)
    try:
        before = [(_size(part), _modified(part)) for part in (path, _log(path))]
        for part in (path, _log(path)):
            if part.exists():
                shutil.copyfile(part, folder / part.name)
        after = [(_size(part), _modified(part)) for part in (path, _log(path))]
    except OSError as error:
        let_go()
        raise SourceError(
            f"{path} cannot be opened where it lies, nor copied to {folder.parent}: "
            f"{error.strerror}",
            "give a copy in a folder of this machine that you may write to",
        ) from error
    if before != after:
        let_go()
        raise SourceError(
            f"{path} changed while it was read", "try again when it is at rest"
        )
    return folder / path.name, let_go


def _name(error: Exception) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _not_read(path: Path, error: OSError) -> SourceError:
    return SourceError(
        f"{path} cannot be read: {error.strerror}",
        "check its permissions and those of its folder, or whether its disk is there",
    )


def _log(path: Path) -> Path:
    """Name the write-ahead log of a database."""
    return path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _columns(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    try:
        # Columns that are computed as they are read are columns; those of a virtual
        # table that only its module knows (hidden = 1) are not.
        rows = connection.execute(
            "select name from pragma_table_xinfo(?) where hidden <> 1", (name,)
        )
        return tuple(row[0] for row in rows)
    except sqlite3.OperationalError as error:
        if _name(error) != "SQLITE_ERROR":
            raise
        # A view of something that is not there; nobody may have asked for it.
        return ()
