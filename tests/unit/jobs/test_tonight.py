"""A night that fetches: what it is made from, what it says, and how it ends."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ml.errors import AlarmError, SettingsError, SourceError
from ml.jobs import nightly as nights
from ml.jobs import tonight as evening
from ml.settings import Settings
from ml.sources.nba.league_file import LeagueFile
from tests.small_league import build_small_league
from tests.stand_in.league import League
from tests.stand_in.server import StandIn, serving
from tests.unit.sources.test_nba_fetch import FEWER

pytest.importorskip("pdfplumber", reason="the locked environment is not installed")

MOMENT = datetime(2023, 12, 11, 17)
EVENING = datetime(2023, 12, 11, 12)


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> League:
    path = tmp_path_factory.mktemp("league") / "league.sqlite"
    return League(build_small_league(path, FEWER), EVENING)


@pytest.fixture
def server(league: League) -> Iterator[StandIn]:
    with serving(league) as stand_in:
        yield stand_in


@pytest.fixture
def settings(tmp_path: Path, server: StandIn) -> Settings:
    url = server.url
    return Settings(home=tmp_path, stats_url=url, cdn_url=url, reports_url=url)


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let a night end where it would forecast; say from what it would have."""
    found: list[dict[str, Any]] = []

    def go(settings, options, night, as_of, slate, *, is_latest, notes):  # type: ignore[no-untyped-def]
        found.append({"source": options.source, "as_of": as_of, "notes": notes})

    monkeypatch.setattr(nights, "_go", go)
    return found


def record(settings: Settings) -> dict[str, Any]:
    night: dict[str, Any] = json.loads(
        (settings.nights_dir / "last.json").read_text("utf-8")
    )
    return night


def test_a_night_is_made_from_what_it_fetched(
    settings: Settings, server: StandIn, made: list[dict[str, Any]]
) -> None:
    nights.nightly(settings, fetch=True, as_of=MOMENT)
    (of,) = made
    assert of["source"] == settings.live_league
    assert of["as_of"] == MOMENT.replace(tzinfo=UTC)
    counts = LeagueFile(settings.live_league).counts()
    assert counts["games"] == 23
    assert counts["player_game_stats"] == 21 * 16
    assert counts["transactions"] == 48
    # Seasons that are not there are said; the night is done with the one that is.
    recorded = record(settings)["steps"][0]["notes"]
    assert [note[:7] for note in recorded] == ["2020-21", "2021-22", "2022-23"]
    assert [note[9:16] for note in of["notes"]] == [note[:7] for note in recorded]
    assert all(note.endswith("learnt from fewer seasons.") for note in of["notes"])
    first = len(server.asked)
    nights.nightly(settings, fetch=True, as_of=MOMENT.replace(minute=20))
    assert len(server.asked) - first <= 3, "within half an hour all of it is fresh"


def test_when_nothing_comes_the_night_is_made_of_what_was_there(
    settings: Settings, server: StandIn, made: list[dict[str, Any]]
) -> None:
    nights.nightly(settings, fetch=True, as_of=MOMENT)
    server.order("denied", times=100)
    later = MOMENT.replace(day=12)
    nights.nightly(settings, fetch=True, as_of=later)
    notes = record(settings)["steps"][0]["notes"]
    assert sum("nothing newer than 2023-12-11 17:00" in note for note in notes) >= 5
    # A stranger reads the page: no endpoint, no path, no status.
    told = " ".join(made[1]["notes"])
    assert "The newest is of 2023-12-11 17:00 UTC." in told
    assert not re.search("403|stats|cdn|leaguegamelog|playerindex|_", told), told
    counts = LeagueFile(settings.live_league).counts()
    assert counts["player_game_stats"] == 21 * 16


def test_games_without_box_scores_end_a_night_with_30(
    settings: Settings, server: StandIn, made: list[dict[str, Any]]
) -> None:
    nights.nightly(settings, fetch=True, as_of=MOMENT)
    settings.live_league.unlink()
    server.order("denied", "leaguegamelog", times=100)
    server.order("denied", "boxscore_", times=100)
    for path in settings.live_dir.glob("bodies/**/leaguegamelog/**/*.gz"):
        path.unlink()
    with pytest.raises(SourceError, match="games that are over have no box scores"):
        nights.nightly(settings, fetch=True, as_of=MOMENT.replace(day=12))
    assert record(settings)["exit_code"] == 30
    assert "no box scores yet" in " ".join(made[1]["notes"])


def test_a_first_night_without_games_stops(
    settings: Settings, server: StandIn, made: list[dict[str, Any]]
) -> None:
    server.order("denied", times=100)
    with pytest.raises(Exception, match="status 403"):
        nights.nightly(settings, fetch=True, as_of=MOMENT)
    assert not made
    assert record(settings)["status"] == "failed"


def test_a_night_has_one_source(settings: Settings) -> None:
    for source, fetch in ((Path("league.sqlite"), True), (None, False)):
        with pytest.raises(SettingsError):
            nights.nightly(settings, source, fetch=fetch)


@pytest.mark.parametrize("alarm", [None, AlarmError("overdue", "look")])
def test_tonight_shows_the_page(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, alarm: AlarmError | None
) -> None:
    page = settings.exports_dir / "gameday_2023-12-11.html"
    page.parent.mkdir(parents=True)
    page.write_text("a page")
    settings.last_run.parent.mkdir(parents=True, exist_ok=True)
    settings.last_run.write_text('{"game_date": "2023-12-11"}')
    shown: list[str] = []
    monkeypatch.setattr(evening.webbrowser, "open", lambda url: shown.append(url) or 1)

    def night(*args: Any, **how: Any) -> None:
        assert how["fetch"]
        if alarm is not None:
            raise alarm

    monkeypatch.setattr(evening, "nightly", night)
    if alarm is None:
        evening.tonight(settings, open_page=True)
    else:
        with pytest.raises(AlarmError):
            evening.tonight(settings, open_page=True)
    assert shown == [page.resolve().as_uri()]
