"""One run at a time in a home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from ml.errors import BusyError
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
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    note = settings.home / ".lock.txt"
    lock = FileLock(settings.home / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        holder = note.read_text("utf-8") if note.exists() else "another run"
        raise BusyError(
            f"{settings.home} is in use: {holder}",
            "wait until it has ended, or give this run another --home",
        ) from error
    try:
        note.write_text(f"{doing} (process {os.getpid()})", encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()
