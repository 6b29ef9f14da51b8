"""Delivery: a day's files under one prefix, and last the manifest that names them.

A reader begins at ``<target>/<day>/manifest.json``. It is one object, written after all
that it names, and files are never overwritten: those of another run lie in a folder of
their own. Whoever follows a manifest therefore reads one whole night.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from ml.console import console
from ml.errors import DeliveryError, MissingError, StorageError
from ml.report.exports import DICTIONARY
from ml.report.publish_target import BUCKETS, Target, check_target
from ml.settings import Settings
from ml.storage.files import read_regular
from ml.system.redaction import redact

MANIFEST = "manifest.json"
LATEST = "latest.json"
_ATTEMPTS = 5
# Of one request; the packages below would each wait and repeat for themselves.
_CONNECT_SECONDS = 10
_READ_SECONDS = 30
_MOST_BYTES = 1 << 30
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_REMEDY = (
    "check the target, its credentials and TIPOFF_S3_ENDPOINT, then "
    "publish again: what was delivered before is untouched"
)
# What another attempt does not change.
_FINAL = (PermissionError, FileNotFoundError, ImportError, ValueError, TypeError)

T = TypeVar("T")


@dataclass(frozen=True)
class Published:
    """What was delivered.

    Attributes
    ----------
    manifest : str
        Where a reader begins.
    version : str
        Folder of the files: a hash of their names and contents.
    n_files : int
        How many files the manifest names.
    is_repeat : bool
        Whether exactly these were there already.
    """

    manifest: str
    version: str
    n_files: int
    is_repeat: bool


def files_of(settings: Settings, day: date) -> dict[str, bytes]:
    """Read the files of a day, by name.

    Only regular files of the exports folder are taken, each by a plain name.

    Parameters
    ----------
    settings : Settings
        Says where the exports are.
    day : date
        The day of the games (US/Eastern).

    Returns
    -------
    dict of str to bytes
        The files that have the day in their name, and, where the last forecast was of
        that day, those that go with it under a name without a day.

    Raises
    ------
    MissingError
        If the day was not forecast.
    StorageError
        If the last forecast names what is no plain name or no regular file, or the
        folder is a link.
    """
    # Whoever can lay a link there may not read what this process may.
    for folder in (settings.exports_dir, settings.reports_dir):
        if folder.is_symlink():
            raise StorageError(
                f"{folder} is a link: nothing is delivered from elsewhere",
                "put a folder in its place; the home as a whole may be a link",
            )
    found = {}
    for path in sorted(settings.exports_dir.glob(f"*_{day}.*")):
        try:
            found[path.name] = _read(path)
        except StorageError as error:
            console.warning(f"not delivered: {error.problem}")
    if not found:
        raise MissingError(
            f"{settings.exports_dir} has no file of {day}",
            f"run `tipoff predict --date {day}`",
        )
    for name in _named_by_last_run(settings, day):
        with suppress(FileNotFoundError):
            found[name] = _read(settings.exports_dir / name)
    report = settings.performance_page
    with suppress(FileNotFoundError):
        found[report.name] = _read(report)
    return dict(sorted(found.items()))


def _read(path: Path) -> bytes:
    if not _PLAIN_NAME.fullmatch(path.name):
        raise StorageError(
            f"{path.name!r} is no plain name of a file", f"see {path.parent}"
        )
    return read_regular(path, most_bytes=_MOST_BYTES)


def _named_by_last_run(settings: Settings, day: date) -> list[str]:
    """Return the names without a day that the last forecast, if of that day, wrote."""
    path = settings.last_run
    if not path.exists():
        return []
    try:
        run = json.loads(read_regular(path, most_bytes=_MOST_BYTES))
        names = run["files"] if run["game_date"] == str(day) else []
        plain = [name for name in names if _PLAIN_NAME.fullmatch(name)]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{path} is damaged", "run `tipoff predict` again"
        ) from error
    if strange := [name for name in names if name not in plain]:
        raise StorageError(
            f"{path} names {strange[0]!r}, which is no file of {settings.exports_dir}",
            "run `tipoff predict` again",
        )
    return [*plain, DICTIONARY] if names else []


def publish(
    settings: Settings,
    target: str,
    day: date,
    *,
    wait_seconds: float = 1.0,
) -> Published:
    """Deliver a day's files.

    Parameters
    ----------
    settings : Settings
        Says where the files are, and the S3 endpoint.
    target : str
        A folder as fsspec names it: ``s3://bucket/prefix``, ``file:///srv/nba``,
        ``gs://bucket``. Credentials come from the storage's own usual chain.
    day : date
        The day of the games (US/Eastern).
    wait_seconds : float
        Before the second attempt of a write; every further one waits twice as long.

    Returns
    -------
    Published

    Raises
    ------
    MissingError
        If the day was not forecast.
    SettingsError
        If the target holds credentials, or its protocol cannot be used.
    DeliveryError
        If a write fails five times. What was delivered before stays as it was.
    """
    checked = check_target(settings, target)
    contents = files_of(settings, day)
    files = {
        name: {"sha256": _digest(content), "bytes": len(content)}
        for name, content in contents.items()
    }
    version = _digest(json.dumps(files, sort_keys=True).encode())[:12]
    manifest = {
        "format": 1,
        "game_date": day.isoformat(),
        "files": {name: {"path": f"{version}/{name}"} | files[name] for name in files},
    }
    body = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    place = _Place(settings, checked, wait_seconds)
    where = f"{day}/{MANIFEST}"
    is_repeat = place.read(where) == body
    if not is_repeat:
        for name, content in contents.items():
            place.write(f"{day}/{version}/{name}", content)
        place.write(where, body)
    _point_to(place, day, where)
    return Published(f"{place.name}/{where}", version, len(files), is_repeat)


def _point_to(place: _Place, day: date, where: str) -> None:
    """Make the target's newest day findable; an older one does not displace it."""
    body = json.dumps({"game_date": day.isoformat(), "manifest": where}) + "\n"
    there = place.read(LATEST)
    try:
        newest = "" if there is None else str(json.loads(there)["game_date"])
    except (ValueError, KeyError, TypeError):
        newest = ""
    if newest <= day.isoformat() and there != body.encode():
        place.write(LATEST, body.encode())


class _Place:
    """A folder behind fsspec, read and written with patience."""

    def __init__(self, settings: Settings, target: Target, wait_seconds: float) -> None:
        import fsspec

        self.name = target.shown
        self._url, self._root = target.url, ""
        self._wait_seconds = wait_seconds
        try:
            self._fs, self._root = fsspec.core.url_to_fs(
                target.url, **_options(settings, target.protocol)
            )
        except Exception as error:
            # Whatever the storage's package says when it is not given what it needs.
            raise DeliveryError(
                f"the target {self.name} cannot be opened: {self._words(error)}",
                _REMEDY,
            ) from None
        if {*BUCKETS} & set(_protocols(self._fs)):
            self._fs.retries = 1

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""

        def fetch() -> bytes | None:
            try:
                content: bytes = self._fs.cat_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return None
            return content

        return self._patiently(fetch, f"read {self.name}/{name}")

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole: a reader finds the old or the new one."""
        path = f"{self._root}/{name}"

        def put() -> None:
            # Buckets have no folders, and a bucket misspelt must not be made.
            if not {*BUCKETS} & set(_protocols(self._fs)):
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            if "file" in _protocols(self._fs):
                self._fs.pipe_file(f"{path}.part", content)
                self._fs.mv(f"{path}.part", path)
            else:
                self._fs.pipe_file(path, content)
            size = self._fs.info(path)["size"]
            if size != len(content):
                raise OSError(f"{size} of {len(content)} bytes arrived")

        self._patiently(put, f"write {self.name}/{name}")

    def _patiently(self, act: Callable[[], T], doing: str) -> T:
        attempts = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(self._wait_seconds, max=30, jitter=0),
            reraise=True,
        )
        try:
            return attempts(act)
        except Exception as error:
            # Not from it: its words, and those of what caused it, hold the URL.
            raise DeliveryError(
                f"cannot {doing}: {self._words(error)}", _REMEDY
            ) from None

    def _words(self, error: Exception) -> str:
        """Say what the storage said, with the target as it may be shown."""
        words = str(error).replace(self._url, self.name)
        for hidden in (self._root, quote(self._root)):
            if hidden.strip("/"):
                words = words.replace(hidden, self.name.rpartition("://")[2])
        return redact(f"{type(error).__name__}: {words}")


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, _FINAL)


def _options(settings: Settings, scheme: str) -> dict[str, Any]:
    if scheme not in ("s3", "s3a"):
        return {}
    patience = {
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": _READ_SECONDS,
        "retries": {"total_max_attempts": 1},
    }
    return {
        "endpoint_url": settings.s3_endpoint or None,
        "use_listings_cache": False,
        "config_kwargs": patience,
    }


def _protocols(filesystem: Any) -> Iterator[str]:
    names = filesystem.protocol
    yield from (names,) if isinstance(names, str) else names


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
