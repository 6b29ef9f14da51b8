"""One run at a time in a home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from ml.errors import BusyError, StorageError
from ml.settings import Settings


@contextmanager
def exclusive(settings: Settings, doing: str) -> Iterator[None]:
    """Hold the home for writing; the system frees it when the process ends.

    Parameters
    ----------
    settings : Settings
        Says which home.
    doing : str
        What the run does, for the message that a second one gets.

    Raises
    ------
    BusyError
        If another run holds the home.
    StorageError
        If nothing can be written there.
    """
    note = settings.home / ".lock.txt"
    lock = FileLock(settings.home / ".lock", timeout=0)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        holder = note.read_text("utf-8") if note.exists() else "another run"
        raise BusyError(
            f"{settings.home} is in use: {holder}",
            "wait until it has ended, or give this run another --home",
        ) from error
    except OSError as error:
        raise StorageError(
            f"{settings.home} cannot be written to: {error.strerror}",
            "make room or give rights, or give another --home",
        ) from error
    try:
        # Only for whoever comes second: a full disk does not stop a run here.
        with suppress(OSError):
            note.write_text(f"{doing} (process {os.getpid()})", encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()
