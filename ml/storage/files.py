"""Files that are either the old or the new, never half of each, and only files."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ml.errors import MissingError, StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path` that takes its place on success.

    Who may read it is what the process's umask says.

    Parameters
    ----------
    path : Path
        The file to write; its folder is made if needed.

    Yields
    ------
    Path
        Write here. After an error the file is removed and `path` is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{uuid.uuid4().hex[:12]}{path.suffix}")
    # Exclusive: a link that lies there already is not followed.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_regular(path: Path, *, most_bytes: int, follow_links: bool = False) -> bytes:
    """Read a file that is one: no link, pipe, device or folder, and not endless.

    Parameters
    ----------
    path : Path
        The file.
    most_bytes : int
        A longer one is refused before it is read.
    follow_links : bool
        Whether a link to such a file is read too.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    StorageError
        If it is no regular file, or too long.
    OSError
        If it may not be read.
    """
    require_regular(path, follow_links=follow_links)
    # A pipe that took its place meanwhile is not waited for, a link not followed.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path, flags if follow_links else flags | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _not_regular(path, found.st_mode)
        if found.st_size > most_bytes:
            raise StorageError(
                f"{path} has {found.st_size:,} bytes, more than {most_bytes:,}",
                "move it away and write it anew",
            )
        return file.read(most_bytes)


def require_regular(path: Path, *, follow_links: bool = True) -> None:
    """Refuse what is there and is no regular file; opening a pipe would wait for ever.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    StorageError
        If it is a folder, a pipe, a socket, a device or, unless followed, a link.
    """
    found = path.stat() if follow_links else path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise _not_regular(path, found.st_mode)


def require_no_pipes(folder: Path) -> None:
    """Refuse a folder in which something would be waited for as soon as it is opened.

    Raises
    ------
    StorageError
        If there is a pipe, a socket or a device in it, or a link to one.
    """
    if not folder.is_dir():
        found = [folder] if os.path.lexists(folder) else []
    else:
        found = [
            Path(place, name) for place, _, names in os.walk(folder) for name in names
        ]
    for path in found:
        # What is linked to and not there is as absent as what is removed meanwhile.
        with suppress(FileNotFoundError, PermissionError):
            require_regular(path)


def files_under(
    folder: Path, names: Collection[str], suffixes: Collection[str]
) -> list[Path]:
    """Return the files that are named, and those in the folders that are.

    Parameters
    ----------
    folder : Path
        What the names are relative to.
    names : collection of str
        Files and folders.
    suffixes : collection of str
        Of the files wanted.

    Returns
    -------
    list of Path
        In the order of the names, those of a folder sorted.

    Raises
    ------
    MissingError
        If a name leads nowhere: what was moved would be left out without a word.
    """
    found = []
    for name in names:
        root = folder / name
        if not root.exists():
            raise MissingError(
                f"there is no {name} in {folder}", "name it where it is now"
            )
        paths = [root] if root.is_file() else sorted(root.rglob("*"))
        found += [path for path in paths if path.is_file() and path.suffix in suffixes]
    return found


def _not_regular(path: Path, mode: int) -> StorageError:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = kinds.get(stat.S_IFMT(mode), "something else")
    return StorageError(
        f"{path} is {kind}, not a regular file", "put a regular file in its place"
    )
