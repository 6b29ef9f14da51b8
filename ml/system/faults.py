"""What the machine denies: a full disk, no rights, no memory; one sentence each."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from ml.errors import (
    BuildError,
    MemoryLimitError,
    ModelError,
    StorageError,
    TipoffError,
)

# What libraries say whose errors have no type or number of their own.
_DISK = re.compile(
    "|".join(
        [
            *(
                re.escape(os.strerror(number))
                for number in (
                    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO),
                    *(errno.EMFILE, errno.EFBIG, errno.ENFILE, errno.EACCES),
                )
            ),
            *("database or disk is full", "disk I/O error", "readonly database"),
        ]
    ),
    re.IGNORECASE,
)
_MEMORY = re.compile(
    r"bad_alloc|bad allocation|cannot allocate memory|can't start new thread"
    r"|out of memory|failed to map segment|failed to allocate"
    # Python itself, where it had no memory for the error.
    r"|without exception set|without setting an exception",
    re.IGNORECASE,
)
_FILES = (errno.EMFILE, errno.ENFILE)
# Errors of ours that only pass on what a library said.
_PASSED_ON = (BuildError, ModelError)
# Of the network, not of the disk.
_ELSEWHERE = (BrokenPipeError, ConnectionError, TimeoutError)


def gone(home: Path) -> StorageError:
    """Say that a home was deleted or moved while a command ran in it."""
    return StorageError(
        f"the home {home} is gone: it was deleted or moved meanwhile",
        "put it back, or give another --home",
    )


def denied(error: BaseException) -> TipoffError | None:
    """Say what the machine denied, if that is what an error tells.

    Parameters
    ----------
    error : BaseException
        Whatever was raised.

    Returns
    -------
    TipoffError, optional
        A `StorageError` or `MemoryLimitError`; None where the error tells of something
        else.
    """
    if isinstance(error, TipoffError) and not isinstance(error, _PASSED_ON):
        return None
    for each in _chain(error):
        if _tells_of_memory(each):
            return MemoryLimitError(
                f"there was not enough memory: {_words(each)}",
                "close other programs, or let DuckDB take less (TIPOFF_MEMORY_GB) and "
                "fewer threads run (TIPOFF_THREADS); what was there is as it was",
            )
        if type(each).__module__.partition(".")[0] == "redis":
            return StorageError(
                f"the online store cannot be reached: {_words(each)}",
                "start Redis at TIPOFF_REDIS_URL, or unset TIPOFF_ONLINE_STORE",
            )
        if _tells_of_disk(each):
            return _not_written(each)
    return None


def tells_of_disk(words: str) -> bool:
    """Say whether an error's words tell of a disk that is full or not ours."""
    return _DISK.search(words) is not None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _tells_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or _is_duckdb(error, "OutOfMemoryException"):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    return isinstance(error, Exception) and bool(_MEMORY.search(str(error)))


def _is_duckdb(error: BaseException, name: str) -> bool:
    """Say whether an error is one of DuckDB's, which may not have been imported."""
    duckdb = sys.modules.get("duckdb")
    return duckdb is not None and isinstance(error, getattr(duckdb, name))


def _tells_of_disk(error: BaseException) -> bool:
    if isinstance(error, _ELSEWHERE):
        return False
    if isinstance(error, OSError | sqlite3.OperationalError):
        return True
    if _is_duckdb(error, "IOException"):
        return True
    return isinstance(error, Exception) and tells_of_disk(str(error))


def _not_written(error: BaseException) -> StorageError:
    words = _words(error)
    number = error.errno if isinstance(error, OSError) else None
    if number in _FILES or os.strerror(errno.EMFILE) in words:
        remedy = "allow more open files (ulimit -n) and run again"
    elif number in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR):
        remedy = "put it back, or build it again with `tipoff build`"
    else:
        remedy = "make room or give rights, and run again; what was there is as it was"
    return StorageError(f"a file could not be read or written: {words}", remedy)


def _words(error: BaseException) -> str:
    if isinstance(error, TipoffError):
        return error.problem
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    first = next(iter(str(error).strip().splitlines()), "")
    return first or type(error).__name__
