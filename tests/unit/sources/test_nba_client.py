import gzip
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ml.errors import MissingError, SourceError, StorageError
from ml.sources.nba.client import AbsentError, Client, Host
from ml.sources.nba.payload import read_json
from ml.sources.nba.store import Request, Store
from tests.stand_in.server import StandIn, serving

BODY = b'{"game": "' + b"x" * 5000 + b'"}'
HOUR = timedelta(hours=1)


def request(key: str = "cdn/boxscore/1", fresh_for: timedelta | None = HOUR) -> Request:
    return Request(key, "cdn boxscore", "cdn", f"/{key}.json", fresh_for)


def check(body: bytes) -> object:
    return read_json(body, "cdn boxscore")


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 8, 20, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def elapsed(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def server() -> Iterator[StandIn]:
    answers = {"/cdn/boxscore/1.json": BODY, "/cdn/boxscore/2.json": b'{"game": 2}'}
    with serving(answers.get) as stand_in:
        yield stand_in


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client(folder: Path, server: StandIn, clock: Clock, **how: Any) -> Client:
    hosts = {"cdn": Host("cdn", server.url, 1.0)}
    times: dict[str, Any] = {"now": clock.now, "sleep": clock.sleep}
    return Client(
        Store(folder),
        hosts,
        **(times | {"elapsed": clock.elapsed, "silence_seconds": 0.7} | how),
    )


def test_what_is_fresh_is_not_asked_for_again(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    with client(tmp_path, server, clock) as asking:
        first = asking.get(request(), check=check)
        clock.moment += HOUR / 2
        assert asking.get(request(), check=check) == first
        assert len(server.asked) == 1
        clock.moment += HOUR
        again = asking.get(request(), check=check, is_final=True)
        assert again.captured_at == clock.moment and len(server.asked) == 2
        # Final: never again.
        clock.moment += 1000 * HOUR
        assert asking.get(request(), check=check) == again
    assert len(server.asked) == 2
    assert server.most_at_once == 1
    task = Store(tmp_path).task("cdn/boxscore/1")
    assert task is not None and (task.state, task.attempts) == ("done", 2)
    stored = tmp_path / "bodies" / "cdn" / "boxscore" / "1.gz"
    assert gzip.decompress(stored.read_bytes()) == BODY


@pytest.mark.parametrize("kind", ["hang", "half", "broken", "page", "empty", "busy"])
def test_what_fails_for_a_moment_is_tried_again(
    kind: str, tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    server.order(kind, times=2)
    with client(tmp_path, server, clock) as asking:
        assert asking.get(request(), check=check).body == BODY
    assert len(server.asked) == 3
    assert Store(tmp_path).requests() == {"cdn": 3}


def test_a_host_is_waited_for_as_long_as_it_asks(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    server.order("busy", retry_after="7")
    server.order("busy", retry_after="Thu, 08 Jan 2026 20:01:00 GMT")
    with client(tmp_path, server, clock) as asking:
        asking.get(request(), check=check)
    assert clock.slept == [7.0, 53.0]


def test_the_pause_between_requests(
    tmp_path: Path, server: StandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.sources.nba.client._LOOPBACK", frozenset())
    with client(tmp_path, server, clock) as asking:
        for key in ("cdn/boxscore/1", "cdn/boxscore/2"):
            asking.get(request(key), check=check)
    assert len(clock.slept) == 1 and 1.0 <= clock.slept[0] <= 1.5


def test_an_answer_whose_headers_come_in_drops_is_left_in_time(
    tmp_path: Path, server: StandIn, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a moment is silent, and all of it would take half a second."""
    monkeypatch.setattr("ml.sources.nba.client._WHOLE_SECONDS", 0.2)
    server.order("drops", times=4)
    small = request("cdn/boxscore/2")
    with client(tmp_path, server, clock) as asking:
        with pytest.raises(SourceError, match="not whole after 0 s \\(3 times"):
            asking.get(small, check=check)
        # The next one of the same host begins anew.
        monkeypatch.setattr("ml.sources.nba.client._WHOLE_SECONDS", 9.0)
        assert asking.get(small, check=check).body == b'{"game": 2}'
        assert asking.get(request(), check=check).body == BODY
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("page", "(whole body) is no JSON: '<HTML><HEAD>"),
        ("empty", "the body is empty"),
        ("half", "the connection broke"),
        ("hang", "no answer in time|the connection broke"),
        ("broken", "status 500"),
        ("busy", "status 429"),
    ],
)
def test_what_keeps_failing_is_told_and_stays_in_the_ledger(
    kind: str, told: str, tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    server.order(kind, times=3)
    with client(tmp_path, server, clock) as asking:
        with pytest.raises(SourceError) as error:
            asking.get(request(), check=check)
        assert any(words in error.value.problem for words in told.split("|"))
        assert "run the same command again" in error.value.remedy
        task = asking.store.task("cdn/boxscore/1")
        assert task is not None and task.state == "failed" and task.error
        rejected = (tmp_path / "rejected").exists()
        assert rejected == (kind in ("page", "empty"))
        # The next time goes on as if nothing had been.
        assert asking.get(request(), check=check).body == BODY


def test_an_older_answer_stands_in_for_one_that_fails(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    with client(tmp_path, server, clock) as asking:
        first = asking.get(request(), check=check)
        clock.moment += 2 * HOUR
        server.order("broken", times=3)
        stale = asking.get(request(), check=check)
        assert stale.is_stale and stale.captured_at == first.captured_at
        server.order("denied")
        assert asking.get(request(), check=check).is_stale
        clock.moment += HOUR
        assert not asking.get(request(), check=check).is_stale


def test_a_host_that_keeps_failing_is_left_alone(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    server.order("broken", times=9)
    keys = [f"cdn/boxscore/{number}" for number in range(1, 6)]
    with client(tmp_path, server, clock) as asking:
        for key in keys[:4]:
            with pytest.raises(SourceError) as error:
                asking.get(request(key), check=check)
    assert "is left alone until 20:" in error.value.problem
    assert len(server.asked) == 9
    # A new run knows it too; ten minutes later it goes on.
    with client(tmp_path, server, clock) as asking:
        with pytest.raises(SourceError, match="is left alone"):
            asking.get(request(), check=check)
        assert len(server.asked) == 9
        clock.moment += timedelta(minutes=11)
        assert asking.get(request(), check=check).body == BODY


def test_what_is_absent_is_not_tried_again(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    with client(tmp_path, server, clock) as asking:
        with pytest.raises(AbsentError, match=r"status 403 for /cdn/boxscore/9\.json"):
            asking.get(request("cdn/boxscore/9"), check=check)
        task = asking.store.task("cdn/boxscore/9")
        assert len(server.asked) == 1 and task is not None and task.state == "absent"
        # Nor is it asked for again at once.
        with pytest.raises(AbsentError, match="status 403"):
            asking.get(request("cdn/boxscore/9"), check=check)
        assert len(server.asked) == 1
        clock.moment += HOUR
        with pytest.raises(AbsentError):
            asking.get(request("cdn/boxscore/9"), check=check)
        assert len(server.asked) == 2


def test_offline_asks_nobody(tmp_path: Path, server: StandIn, clock: Clock) -> None:
    with client(tmp_path, server, clock) as asking:
        asking.get(request(), check=check)
    clock.moment += 10 * HOUR
    with client(tmp_path, server, clock, offline=True) as asking:
        answer = asking.get(request(), check=check)
        assert answer.body == BODY and answer.is_stale
        with pytest.raises(MissingError, match="nothing is stored of cdn/boxscore/2"):
            asking.get(request("cdn/boxscore/2"), check=check)
    assert len(server.asked) == 1


def test_a_body_without_its_ledger_or_damaged_is_asked_for_again(
    tmp_path: Path, server: StandIn, clock: Clock
) -> None:
    """What a kill between the two writes, or a damaged disk, leaves behind."""
    with client(tmp_path, server, clock) as asking:
        asking.get(request(), check=check, is_final=True)
    body = tmp_path / "bodies" / "cdn" / "boxscore" / "1.gz"
    for damage in (b"", b"not gzip", gzip.compress(b"another body")):
        body.write_bytes(damage)
        with client(tmp_path, server, clock) as asking:
            assert asking.get(request(), check=check, is_final=True).body == BODY
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("update tasks set state = 'pending', body = null")
    with client(tmp_path, server, clock) as asking:
        assert asking.get(request(), check=check, is_final=True).body == BODY
    assert len(server.asked) == 5


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match=r"ledger\.sqlite"):
        Store(tmp_path)


def test_no_test_reaches_another_machine(tmp_path: Path, clock: Clock) -> None:
    """By address: no name is asked for, and nothing waits for an answer."""
    hosts = {"cdn": Host("cdn", "http://192.0.2.1", 1.0)}
    times: dict[str, Any] = {"now": clock.now, "sleep": clock.sleep}
    asking = Client(Store(tmp_path), hosts, **times)
    with pytest.raises(SourceError, match="the connection broke"), asking:
        asking.get(request(), check=check)
    with pytest.raises(OSError, match="tests reach no other machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
