"""Asks the league's hosts, one request at a time, and takes no for an answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import urlsplit

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
)
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ml.errors import MissingError, SourceError
from ml.sources.nba.connections import Connections, TooLateError
from ml.sources.nba.store import (
    ABSENT,
    DONE,
    PROVISIONAL,
    Answer,
    Request,
    Store,
)

CDN, STATS, REPORTS = "cdn", "stats", "reports"
FAILURES_THAT_CLOSE = 3
CLOSED_FOR = timedelta(minutes=10)
ATTEMPTS = 3
ABSENT_FOR = timedelta(minutes=30)
"""How long what was absent is not asked for again."""
LONGEST_WAIT_SECONDS = 120.0

_CONNECT_SECONDS = 5.0
# Hosts that do not want a caller let him wait instead of answering.
_SILENCE_SECONDS = 30.0
_WHOLE_SECONDS = 120.0
_MOST_BYTES = 128 << 20
_CHUNK = 1 << 16
_CLOCKS_AGREE = timedelta(hours=1)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
    "Firefox/140.0",
    "Accept": "application/json, text/plain, application/pdf, */*",
    "Accept-Language": "en-US,en;q=0.9",
    "Referer": "https://www.nba.com/",
    "Origin": "https://www.nba.com",
}


@dataclass(frozen=True)
class Host:
    """One host.

    Attributes
    ----------
    name : str
        ``cdn``, ``stats`` or ``reports``.
    url : str
        Where it is: scheme, name, port, and a path before every path.
    pause_seconds : float
        The least time from one request to the next; none on this machine.
    """

    name: str
    url: str
    pause_seconds: float

    @property
    def pause(self) -> float:
        """The pause that is kept (seconds)."""
        return 0.0 if self.is_here else self.pause_seconds

    @property
    def is_here(self) -> bool:
        """Whether it is this machine."""
        return urlsplit(self.url).hostname in _LOOPBACK


class AbsentError(MissingError):
    """The host says that there is no such file, or does not want to give it."""


class _AbsentBeforeError(AbsentError):
    """It was absent a moment ago."""


class _TransientError(Exception):
    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.wait = wait


class Client:
    """Gives answers, from the cache where they are fresh, else from the host.

    One connection a host and one request at a time; between two requests the host's
    pause and a little more, at random. What fails for a moment is tried three times,
    as late as the host asks for; after three requests in a row that failed, the host
    is left alone for ten minutes.

    Parameters
    ----------
    store : Store
        Ledger and cache.
    hosts : dict of str to Host
        By name.
    offline : bool
        Whether to answer from the cache alone.
    now : callable
        The clock (UTC).
    sleep, elapsed : callable
        How to wait, and how long it has been (seconds).
    silence_seconds : float
        How long a host may say nothing.
    """

    def __init__(
        self,
        store: Store,
        hosts: dict[str, Host],
        *,
        offline: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        elapsed: Callable[[], float] = time.monotonic,
        silence_seconds: float = _SILENCE_SECONDS,
    ) -> None:
        self.store = store
        self.offline = offline
        self._hosts = hosts
        self.now = now
        self._sleep = sleep
        self._elapsed = elapsed
        self._silence = silence_seconds
        self.clock_differs = ""
        self._sessions: dict[str, requests.Session] = {}
        self._connections: dict[str, Connections] = {}
        self._asked_at: dict[str, float] = {}
        # Politeness, not chance: nothing that is stored depends on it.
        self._random = random.Random()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions.values():
            session.close()

    def get(
        self,
        request: Request,
        *,
        check: Callable[[bytes], object],
        is_final: bool = False,
    ) -> Answer:
        """Return the answer to a request.

        Parameters
        ----------
        request : Request
            What to ask for.
        check : callable
            Reads the body, and raises `SourceError` where it cannot: such a body is
            not taken.
        is_final : bool
            Whether the answer will not change any more.

        Returns
        -------
        Answer
            Fresh; or older, and marked so, where nothing newer could be had.

        Raises
        ------
        AbsentError
            If the host says that there is none, and none is stored.
        SourceError
            If it could not be had, and nothing is stored.
        MissingError
            If offline and nothing is stored.
        """
        self.store.plan([request])
        stored = self.store.answer(request.key)
        if stored is not None and self._is_fresh(request, stored):
            return stored
        if self.offline:
            if stored is not None:
                return Answer(stored.body, stored.captured_at, is_stale=True)
            raise MissingError(
                f"{request.endpoint}: nothing is stored of {request.key}",
                "fetch it once without --offline",
            )
        try:
            self._refuse_absent(request)
            body, status = self._ask(request, check)
        except SourceError as error:
            self.store.fail(request.key, error.problem, now=self.now())
            if stored is None:
                raise
            return Answer(stored.body, stored.captured_at, is_stale=True)
        except _AbsentBeforeError:
            if stored is None:
                raise
            return Answer(stored.body, stored.captured_at, is_stale=True)
        except AbsentError as error:
            self.store.fail(request.key, error.problem, now=self.now(), state=ABSENT)
            if stored is None:
                raise
            return Answer(stored.body, stored.captured_at, is_stale=True)
        now = self.now()
        state = DONE if is_final else PROVISIONAL
        self.store.keep(request, body, now=now, status=status, state=state)
        return Answer(body, now)

    def _is_fresh(self, request: Request, stored: Answer) -> bool:
        task = self.store.task(request.key)
        if task is not None and task.state == DONE:
            return True
        if request.fresh_for is None:
            return True
        return self._is_within(stored.captured_at, request.fresh_for)

    def _is_within(self, moment: datetime, span: timedelta) -> bool:
        """Say whether a moment is less than a span ago; one to come is not.

        What was stored by a clock that was ahead says nothing.
        """
        return timedelta(0) <= self.now() - moment < span

    def _refuse_absent(self, request: Request) -> None:
        task = self.store.task(request.key)
        if task is None or task.state != ABSENT or request.fresh_for is None:
            return
        rest = min(ABSENT_FOR, request.fresh_for)
        if task.asked_at and self._is_within(task.asked_at, rest):
            raise _AbsentBeforeError(task.error or "absent", "ask again later")

    def _ask(
        self, request: Request, check: Callable[[bytes], object]
    ) -> tuple[bytes, int]:
        host = self._hosts[request.host]
        closed = self.store.closed_until(host.name)
        if closed is not None and timedelta(0) < closed - self.now() <= CLOSED_FOR:
            raise SourceError(
                f"{request.endpoint}: {host.url} did not answer "
                f"{FAILURES_THAT_CLOSE} times in a row and is left alone until "
                f"{closed:%H:%M} UTC",
                "run the same command again later: it goes on where it stopped",
            )
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=lambda state: self._wait(state, host),
            retry=retry_if_exception_type(_TransientError),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            body, status = retrying(self._once, request, host, check)
        except _TransientError as error:
            self.store.note_failure(
                host.name,
                now=self.now(),
                most=FAILURES_THAT_CLOSE,
                pause=CLOSED_FOR,
            )
            raise SourceError(
                f"{request.endpoint}: {error} ({ATTEMPTS} times, {host.url})",
                "run the same command again later: it goes on where it stopped",
            ) from error
        self.store.note_success(host.name)
        return body, status

    def _wait(self, state: RetryCallState, host: Host) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _TransientError) else None
        if asked is not None:
            return min(asked, LONGEST_WAIT_SECONDS)
        backoff = 2.0 ** (state.attempt_number - 1) if host.pause else 0.0
        return backoff * (1 + self._random.random())

    def _once(
        self, request: Request, host: Host, check: Callable[[bytes], object]
    ) -> tuple[bytes, int]:
        self._pause(host)
        self.store.count_request(host.name)
        try:
            status, body, headers = self._receive(request, host)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _TransientError(_in_words(error)) from error
        finally:
            self._asked_at[host.name] = self._elapsed()
        if status in (403, 404):
            raise AbsentError(
                f"{request.endpoint}: status {status} for {request.path}",
                "it is not there, or the host refuses this machine",
            )
        if status == 429 or status >= 500:
            wait = _retry_after(headers.get("Retry-After"), self.now())
            raise _TransientError(f"status {status}", wait)
        if 300 <= status < 400:
            raise _TransientError(f"status {status}: sent elsewhere, where nobody goes")
        if status != 200:
            raise _TransientError(f"status {status}")
        try:
            check(body)
        except SourceError as error:
            self.store.reject(request.key, body)
            raise _TransientError(error.problem) from error
        return body, status

    def _receive(
        self, request: Request, host: Host
    ) -> tuple[int, bytes, requests.structures.CaseInsensitiveDict[str]]:
        session = self._sessions.get(host.name)
        if session is None:
            session = self._sessions[host.name] = requests.Session()
            session.headers.update(_HEADERS)
            self._connections[host.name] = connections = Connections()
            for scheme in ("http://", "https://"):
                session.mount(scheme, connections)
        with (
            self._connections[host.name].within(_WHOLE_SECONDS),
            session.get(
                host.url.rstrip("/") + request.path,
                timeout=(_CONNECT_SECONDS, self._silence),
                stream=True,
                allow_redirects=False,
            ) as answer,
        ):
            self._compare_clocks(answer.headers.get("Date"), host)
            body = bytearray()
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise _TransientError(
                        f"the answer has more than {_MOST_BYTES:,} bytes"
                    )
            if answer.raw.length_remaining:
                raise requests.ConnectionError("half a body")
            return answer.status_code, bytes(body), answer.headers

    def _compare_clocks(self, told: str | None, host: Host) -> None:
        try:
            theirs = parsedate_to_datetime(told or "")
            off = self.now() - theirs
        except (ValueError, TypeError, OverflowError):
            return
        if abs(off) > _CLOCKS_AGREE:
            self.clock_differs = (
                f"the clock of this machine says {self.now():%Y-%m-%d %H:%M} UTC, that "
                f"of {host.name} {theirs:%Y-%m-%d %H:%M} UTC"
            )

    def _pause(self, host: Host) -> None:
        last = self._asked_at.get(host.name)
        if last is None or host.pause == 0:
            return
        pause = host.pause * (1 + 0.5 * self._random.random())
        left = pause - (self._elapsed() - last)
        if left > 0:
            self._sleep(left)


def _in_words(error: Exception) -> str:
    if isinstance(error, TooLateError):
        return str(error)
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout | ReadTimeoutError):
        return "no answer in time (the host may refuse this machine by silence)"
    if isinstance(error, requests.ConnectionError | HTTPError):
        return f"the connection broke ({type(error).__name__})"
    return f"{type(error).__name__}"


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Return how long a host asks to wait (seconds), given as a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
