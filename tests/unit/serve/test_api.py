"""The service itself, without an evening: who is not waited for."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from ml.errors import MissingError
from ml.predict.questions import Evening
from ml.pricing.price import Board
from ml.serve import api
from ml.serve.api import create_app
from ml.serve.evenings import Evenings, Served
from ml.settings import Settings


def test_a_day_that_cannot_be_forecast_is_tried_once_a_state(tmp_path: Path) -> None:
    tried: list[date | None] = []

    def read(settings: Settings, day: date | None) -> Evening:
        tried.append(day)
        raise MissingError(f"no game on {day}", "another day")

    settings = Settings(home=tmp_path)
    evenings = Evenings(settings, read)
    for day in (1, 1, 2, 1):
        with pytest.raises(MissingError, match=f"no game on 2024-01-0{day}"):
            evenings.on(date(2024, 1, day))
    assert tried == [date(2024, 1, 1), date(2024, 1, 2)]
    settings.warehouse.write_bytes(b"a run was here")
    with pytest.raises(MissingError):
        evenings.on(date(2024, 1, 1))
    assert len(tried) == 3


def test_who_asks_about_a_drawn_game_waits_for_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = cast(Any, None)
    begun, go_on = Event(), Event()

    def draw(games: Sequence[str], block: int) -> dict[str, str]:
        if "slow" in games:
            begun.set()
            assert go_on.wait(20)
        return {game: f"{game} {block}" for game in games}

    served = Served(Settings(), nothing, "", nothing)
    monkeypatch.setitem(
        vars(served), "_board", Board(nothing, nothing, cast(Any, draw))
    )
    assert served.sample("quick") == "quick 0"
    with ThreadPoolExecutor(2) as pool:
        both = pool.submit(served.samples, ["quick", "slow"])
        assert begun.wait(20)
        quick = pool.submit(served.sample, "quick")
        assert quick.result(20) == "quick 0"
        go_on.set()
        assert both.result(20) == {"quick": "quick 0", "slow": "slow 0"}
    # What is drawn beside the evening's own is not kept.
    assert served.samples(["quick"], 3) == {"quick": "quick 3"}
    assert served.sample("quick") == "quick 0"


def test_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "_SLOWEST", 0.05)
    app = create_app(Evenings(Settings()), hosts=["here"])
    parts = [{"type": "http.request", "body": b'{"game"', "more_body": True}]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop()
        await asyncio.sleep(60)
        raise AssertionError("it was waited for")

    async def send(part: Any) -> None:
        told.append(part)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/what-if",
        "raw_path": b"/what-if",
        "query_string": b"",
        "headers": [(b"host", b"here"), (b"content-length", b"100")],
    }
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 20))
    assert told[0]["status"] == 408
    assert "did not come" in json.loads(told[1]["body"])["error"]
