"""One run at a time in a home."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ml.errors import BusyError, StorageError
from ml.storage.files import read_regular, write_text

if TYPE_CHECKING:
    from ml.settings import Settings


def is_held(settings: Settings) -> bool:
    """Say whether a run holds the home now; nothing is written to find out."""
    path = settings.home / ".lock"
    if not path.exists():
        return False
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


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
    with holding(settings.home, doing, option="--home"):
        yield


@contextmanager
def holding(folder: Path, doing: str, *, option: str) -> Iterator[None]:
    """Hold a folder for writing, as `exclusive` holds a home.

    Parameters
    ----------
    folder : Path
        Made where it is absent.
    doing : str
        What the run does, for the message that a second one gets.
    option : str
        The command's option that names another folder.

    Raises
    ------
    BusyError
        If another run holds it.
    StorageError
        If nothing can be written there.
    """
    note = folder / ".lock.txt"
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        holder = _read(note) or "another run"
        raise BusyError(
            f"{folder} is in use: {holder}",
            f"wait until it has ended, or give this run another {option}",
        ) from error
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written to: {error.strerror}",
            f"make room or give rights, or give another {option}",
        ) from error
    try:
        # Only for whoever comes second: a full disk does not stop a run here.
        with suppress(OSError):
            write_text(note, f"{doing} (process {os.getpid()})")
        yield
    finally:
        # The disk may have become one that takes nothing, or the folder be gone.
        with suppress(OSError):
            note.unlink(missing_ok=True)
        with suppress(OSError):
            lock.release()


def _read(note: Path) -> str:
    try:
        return read_regular(note, most_bytes=10_000).decode("utf-8", "replace")
    except (OSError, StorageError):
        return ""
