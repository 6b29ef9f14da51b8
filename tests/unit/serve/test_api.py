"""The service itself, without an evening: who is not waited for."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ml.errors import MissingError
from ml.predict.questions import Evening
from ml.serve import api
from ml.serve.api import create_app
from ml.serve.evenings import Evenings
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
