"""What was asked and what came: a ledger of tasks, and the bodies as they came."""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ml.errors import StorageError
from ml.storage.files import read_regular, replacing

PENDING, DONE, PROVISIONAL, FAILED, ABSENT = (
    *("pending", "done", "provisional", "failed"),
    "absent",
)
"""A task was not asked yet; has its last word; may be answered otherwise later; could
not be answered; is of something that is not there."""

_MOST_BYTES = 256 << 20
_SCHEMA = """
create table if not exists tasks (
    key text primary key, endpoint text not null, url text not null,
    state text not null, attempts integer not null default 0, error text,
    asked_at text, captured_at text, status integer, sha256 text, bytes integer,
    body text
);
create table if not exists parsed (key text primary key, sha256 text not null);
create table if not exists hosts (
    host text primary key, failures integer not null, closed_until text,
    requests integer not null default 0
);
"""


@dataclass(frozen=True)
class Request:
    """Something to ask an endpoint for.

    Attributes
    ----------
    key : str
        What it is called in the ledger and, as a path, in the cache.
    endpoint : str
        What errors call it.
    host : str
        Which host answers: ``stats``, ``cdn`` or ``reports``.
    path : str
        The path of the URL, with its parameters.
    fresh_for : timedelta or None
        How long an answer stands before it is asked for again; None for ever.
    """

    key: str
    endpoint: str
    host: str
    path: str
    fresh_for: timedelta | None


@dataclass(frozen=True)
class Answer:
    """What came.

    Attributes
    ----------
    body : bytes
        As it came.
    captured_at : datetime
        When it came (UTC).
    is_stale : bool
        Whether it is older than it should be, because nothing newer could be had.
    """

    body: bytes
    captured_at: datetime
    is_stale: bool = False


@dataclass(frozen=True)
class Task:
    """One task of the ledger: what was asked, and what became of it."""

    key: str
    state: str
    attempts: int
    error: str | None
    asked_at: datetime | None
    captured_at: datetime | None
    sha256: str | None


class Store:
    """The ledger (SQLite) and the bodies (gzip) of a folder.

    A body is written whole before the ledger says that it is there; what a kill leaves
    between is asked for again.

    Parameters
    ----------
    folder : Path
        Made where it is absent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ledger = folder / "ledger.sqlite"
        folder.mkdir(parents=True, exist_ok=True)
        # Whatever thread ends it, one at a time uses it.
        self._connection = sqlite3.connect(
            self._ledger, timeout=30, check_same_thread=False
        )
        weakref.finalize(self, self._connection.close)
        with self._connect() as connection:
            # A killed process loses nothing by it, a whole machine its last tasks.
            connection.execute("pragma synchronous = normal")
            connection.execute("pragma journal_mode = wal")
            connection.executescript(_SCHEMA)

    def plan(self, requests: list[Request]) -> None:
        """Write down what is going to be asked; what is known stays as it is."""
        with self._connect() as connection:
            connection.executemany(
                "insert into tasks (key, endpoint, url, state) values (?, ?, ?, ?) "
                "on conflict do nothing",
                [(each.key, each.endpoint, each.path, PENDING) for each in requests],
            )

    def task(self, key: str) -> Task | None:
        """Return a task; None where it was never planned."""
        rows = self._tasks("where key = ?", key)
        return rows[0] if rows else None

    def tasks(self) -> list[Task]:
        """Return every task, in order of its key."""
        return self._tasks("order by key")

    def answer(self, key: str) -> Answer | None:
        """Return the body that is stored; None where none is, or it is damaged."""
        with self._connect() as connection:
            row = connection.execute(
                "select body, captured_at, sha256 from tasks where key = ? "
                "and body is not null",
                [key],
            ).fetchone()
        if row is None:
            return None
        try:
            body = gzip.decompress(
                read_regular(self.folder / row[0], most_bytes=_MOST_BYTES)
            )
        except (OSError, EOFError, StorageError):
            return None
        if hashlib.sha256(body).hexdigest() != row[2]:
            return None
        return Answer(body, datetime.fromisoformat(row[1]))

    def keep(
        self, request: Request, body: bytes, *, now: datetime, status: int, state: str
    ) -> None:
        """Store a body, then say so in the ledger."""
        place = f"bodies/{request.key}.gz"
        with replacing(self.folder / place) as temporary:
            temporary.write_bytes(gzip.compress(body, mtime=0))
        digest = hashlib.sha256(body).hexdigest()
        with self._connect() as connection:
            connection.execute(
                "update tasks set state = ?, attempts = attempts + 1, error = null, "
                "asked_at = ?, captured_at = ?, status = ?, sha256 = ?, bytes = ?, "
                "body = ? where key = ?",
                [
                    *(state, now.isoformat(), now.isoformat(), status, digest),
                    *(len(body), place, request.key),
                ],
            )

    def settle(self, key: str, state: str) -> None:
        """Change the state of a task that has its body."""
        with self._connect() as connection:
            connection.execute("update tasks set state = ? where key = ?", [state, key])

    def fail(self, key: str, error: str, *, now: datetime, state: str = FAILED) -> None:
        """Write down that a task was not answered; an older body stays."""
        with self._connect() as connection:
            connection.execute(
                "update tasks set state = ?, attempts = attempts + 1, error = ?, "
                "asked_at = ? where key = ?",
                [state, error, now.isoformat(), key],
            )

    def parsed(self, key: str) -> str | None:
        """Return the hash of the body whose rows were written last."""
        with self._connect() as connection:
            row = connection.execute(
                "select sha256 from parsed where key = ?", [key]
            ).fetchone()
        return str(row[0]) if row else None

    def note_parsed(self, key: str, digest: str) -> None:
        """Write down that the rows of a body were written."""
        with self._connect() as connection:
            connection.execute(
                "insert or replace into parsed values (?, ?)", [key, digest]
            )

    def reject(self, key: str, body: bytes) -> Path:
        """Keep a body that could not be read, for whoever looks into it."""
        path = self.folder / "rejected" / f"{key}.gz"
        with replacing(path) as temporary:
            temporary.write_bytes(gzip.compress(body, mtime=0))
        return path

    def closed_until(self, host: str) -> datetime | None:
        """Say until when a host is left alone; None where it is not."""
        with self._connect() as connection:
            row = connection.execute(
                "select closed_until from hosts where host = ?", [host]
            ).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def note_success(self, host: str) -> None:
        """Write down that a host answered."""
        self._note(host, "failures = 0, closed_until = null")

    def note_failure(
        self, host: str, *, now: datetime, most: int, pause: timedelta
    ) -> None:
        """Write down that a host did not answer; after `most` in a row it rests."""
        self._note(host, "failures = failures + 1")
        with self._connect() as connection:
            connection.execute(
                "update hosts set closed_until = ?, failures = 0 where host = ? "
                "and failures >= ?",
                [(now + pause).isoformat(), host, most],
            )

    def count_request(self, host: str) -> None:
        """Count one request that goes out."""
        self._note(host, "requests = requests + 1")

    def requests(self) -> dict[str, int]:
        """Return how many requests ever went out, by host."""
        with self._connect() as connection:
            rows = connection.execute(
                "select host, requests from hosts order by host"
            ).fetchall()
        return dict(rows)

    def _note(self, host: str, change: str) -> None:
        with self._connect() as connection:
            connection.execute(
                "insert into hosts (host, failures) values (?, 0) "
                "on conflict do nothing",
                [host],
            )
            connection.execute(f"update hosts set {change} where host = ?", [host])

    def _tasks(self, where: str, *values: object) -> list[Task]:
        with self._connect() as connection:
            rows = connection.execute(
                "select key, state, attempts, error, asked_at, captured_at, sha256 "
                f"from tasks {where}",
                values,
            ).fetchall()
        return [
            Task(
                key=key,
                state=state,
                attempts=attempts,
                error=error,
                asked_at=datetime.fromisoformat(asked) if asked else None,
                captured_at=datetime.fromisoformat(captured) if captured else None,
                sha256=digest,
            )
            for key, state, attempts, error, asked, captured, digest in rows
        ]

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise StorageError(
                f"{self._ledger}: {error}",
                f"delete {self.folder}: what it holds can be fetched again",
            ) from error
