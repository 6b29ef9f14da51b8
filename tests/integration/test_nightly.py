"""Nights that go wrong: nothing is lost, the code says what, the next one recovers."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ml.errors import (
    AlarmError,
    BusyError,
    DeliveryError,
    GateError,
    ModelError,
    SourceError,
    StorageError,
)
from ml.jobs import nightly as job
from ml.jobs import pipeline
from ml.lock import exclusive
from ml.monitor import read_forecasts
from ml.registry import TEAM, promote, read_aliases
from ml.settings import Settings
from ml.simulation import simulate_league

Night = Callable[..., None]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def record(settings: Settings, name: str = "last") -> dict[str, Any]:
    text = (settings.nights_dir / f"{name}.json").read_text("utf-8")
    return dict(json.loads(text))


def steps(settings: Settings) -> list[str]:
    return [entry["step"] for entry in record(settings)["steps"]]


def moment(league: Path, day: int) -> datetime:
    """Five hours before the first tip-off of one of the last days of games."""
    with closing(sqlite3.connect(league)) as source:
        days = source.execute(
            "select min(tipoff_et) from games group by game_date order by game_date"
        ).fetchall()
    eastern = pd.Timestamp(days[day][0]).tz_localize("America/New_York")
    # Typer gives what the user types: UTC without saying so.
    when = eastern.tz_convert("UTC") - pd.Timedelta(hours=5)
    return when.tz_localize(None).to_pydatetime()


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("league") / "league.sqlite"
    simulate_league(path, n_seasons=2, random_state=5, n_games_per_team=24)
    return path


@pytest.fixture(scope="module")
def first_night(league: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("night") / "home")
    job.nightly(settings, league, as_of=moment(league, -6), box_scores=False)
    return settings


@pytest.fixture
def settings(first_night: Settings, tmp_path: Path) -> Settings:
    """Return a home after its first night, to be spoilt."""
    shutil.copytree(first_night.home, tmp_path / "home")
    return first_night.model_copy(update={"home": tmp_path / "home"})


def test_a_night_leaves_forecasts_a_record_and_a_champion(
    first_night: Settings, league: Path
) -> None:
    night = record(first_night)
    assert (night["status"], night["exit_code"]) == ("done", 0)
    assert night["n_games"] == len(read_forecasts(first_night)) > 0
    assert night == record(first_night, night["day"])
    assert steps(first_night) == [
        "prepare",
        "slate",
        f"models of {TEAM}",
        "forecast",
        "review",
    ]
    champion = read_aliases(first_night, TEAM).champion
    assert champion is not None
    assert night["steps"][3]["model"] == champion


def test_the_same_night_again_does_nothing(settings: Settings, league: Path) -> None:
    before = files(settings.exports_dir)
    with pytest.raises(SystemExit) as end:
        job.nightly(settings, league, as_of=moment(league, -6), box_scores=False)
    assert end.value.code == job.NOTHING_NEW == 10
    assert files(settings.exports_dir) == before


def test_the_next_night_grades_the_one_before(settings: Settings, league: Path) -> None:
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    summary = json.loads((settings.reports_dir / "monitor.json").read_text())
    graded = pd.read_parquet(settings.reports_dir / "grades.parquet")
    assert summary["n_graded"] == len(graded) > 0
    assert (graded["forecast_at"] < graded["tipoff_at"]).all()
    page = settings.performance_page.read_text("utf-8")
    assert "healthy" in page
    assert "src=" not in page  # nothing to fetch
    assert "http" not in page


def break_source(path: Path, how: str) -> Path:
    """Spoil a copy of the league."""
    if how == "missing":
        path.unlink()
    elif how == "half-written":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "not a database":
        path.write_bytes(b"<html>404</html>" * 100)
    return path


@pytest.mark.parametrize("how", ["missing", "half-written", "not a database", "locked"])
def test_a_broken_source_keeps_the_last_good_output(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    before, models = files(settings.exports_dir), read_aliases(settings, TEAM)
    with closing(sqlite3.connect(break_source(source, how))) as other:
        if how == "locked":
            other.execute("create table news (id integer)")
            other.commit()
            other.execute("begin exclusive")
        elif how == "missing":
            source.unlink()
        with pytest.raises(SourceError) as failure:
            job.nightly(settings, source, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == 30
    assert files(settings.exports_dir) == before
    assert read_aliases(settings, TEAM) == models
    # What was prepared from the good source serves the next night at once.
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"


def test_a_damaged_champion_is_replaced_by_one_that_is_whole(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    champion = str(read_aliases(settings, TEAM).champion)
    path = settings.registry_dir / champion / "model.json"
    path.write_bytes(path.read_bytes()[:1000])
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    aliases = read_aliases(settings, TEAM)
    assert aliases.champion != champion
    assert champion in aliases.history[-1].reason
    assert record(settings)["status"] == "done"


def test_a_disk_that_is_full_keeps_the_last_good_output(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(settings.exports_dir)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ml.gameday.write_table", full)
        with pytest.raises(StorageError, match="No space left") as failure:
            job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == 42
    assert files(settings.exports_dir) == before
    assert record(settings)["status"] == "failed"
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"
    # The forecast that was kept before the disk was full is kept once.
    assert not read_forecasts(settings)["game_id"].duplicated().any()


def test_a_night_without_games_forecasts_nothing_and_names_the_nights_missed(
    settings: Settings, league: Path
) -> None:
    after = moment(league, -1) + pd.Timedelta(hours=30)
    before = files(settings.exports_dir)
    with pytest.raises(AlarmError, match="forecast overdue"):
        job.nightly(settings, league, as_of=after, box_scores=False)
    night = record(settings)
    assert (night["status"], night["n_games"], night["day"]) == ("alarm", 0, "")
    after_it = files(settings.exports_dir)
    kept = [name for name in before if name != "performance.html"]
    assert [after_it[name] for name in kept] == [before[name] for name in kept]


def test_a_gap_of_four_months_is_an_alarm(settings: Settings, league: Path) -> None:
    later = moment(league, -1) + pd.Timedelta(days=120)
    with pytest.raises(AlarmError, match="ingest overdue") as alarm:
        job.nightly(settings, league, as_of=later, box_scores=False)
    assert alarm.value.exit_code == 50
    assert record(settings)["status"] == "alarm"
    assert "overdue" in settings.performance_page.read_text("utf-8")


def test_two_nights_at_once_are_one(settings: Settings) -> None:
    another = exclusive(settings, "another")
    with exclusive(settings, "a night"), pytest.raises(BusyError) as refusal, another:
        pass
    assert refusal.value.exit_code == 40


class Killed(BaseException):
    """Ends a run as a signal does: nothing catches it."""


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ("renew", job),
        ("forecast_day", job),
        ("_review", job),
        ("_write", job),
        ("build_team_train_dataset", pipeline),
    ],
)
def test_a_night_killed_at_a_step_ends_like_an_undisturbed_one(
    settings: Settings,
    league: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    place: object,
) -> None:
    if place is pipeline:
        (settings.nights_dir / "prepared.json").unlink()
        monkeypatch.setattr(pipeline, "build_features", lambda settings: 0)
    for name in ("forecast_day", "_review"):
        # Quick stand-ins: what is killed is what comes after or before them.
        monkeypatch.setattr(job, name, _stand_in(name))

    def killed(*_: object, **__: object) -> None:
        raise Killed

    when = moment(league, -5)
    with monkeypatch.context() as patch:
        patch.setattr(place, step, killed)
        with pytest.raises(Killed):
            job.nightly(settings, league, as_of=when, box_scores=False)
    assert record(settings)["status"] == "done"  # still the night before
    job.nightly(settings, league, as_of=when, box_scores=False)
    assert record(settings)["day"] > record_day_before(settings)
    assert record(settings)["status"] == "done"


def record_day_before(settings: Settings) -> str:
    days = sorted(path.stem for path in settings.nights_dir.glob("????-??-??.json"))
    return days[-2]


def _stand_in(name: str) -> Callable[..., object]:
    class Gameday:
        model = "none"

    def forecast_day(*_: object, **__: object) -> object:
        return Gameday()

    def review(*_: object) -> object:
        return "healthy", None

    return forecast_day if name == "forecast_day" else review


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GateError("a column is broken"), 20),
        (ModelError("the model does not fit"), 22),
    ],
)
def test_what_a_gate_refuses_is_in_the_record(
    settings: Settings,
    league: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: int,
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(job, "forecast_day", refuses)
    with pytest.raises(type(error)):
        job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("failed", code)
    assert night["steps"][-1]["error"] == str(error)


def test_a_delivery_that_fails_is_repeated_by_the_next_run(
    settings: Settings, league: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    target = f"file://{tmp_path}/out"

    def down(*_: object, **__: object) -> None:
        raise DeliveryError("the store is down")

    again = {"as_of": moment(league, -6), "box_scores": False, "publish_to": target}
    with monkeypatch.context() as patch:
        patch.setattr("ml.publish.publish", down)
        with pytest.raises(DeliveryError):
            job.nightly(settings, league, **again)
    assert record(settings)["status"] == "alarm"
    job.nightly(settings, league, **again)
    assert (tmp_path / "out" / record(settings)["day"] / "manifest.json").exists()


def test_blocked_forecasts_are_not_delivered(
    settings: Settings, league: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    alarm = AlarmError("blocked: margin bias 7.0 sd from right")
    monkeypatch.setattr(job, "_review", lambda *_: ("blocked", alarm))
    with pytest.raises(AlarmError):
        job.nightly(
            settings,
            league,
            as_of=moment(league, -6),
            box_scores=False,
            publish_to=f"file://{tmp_path}/out",
        )
    assert not (tmp_path / "out").exists()


def test_a_backfill_forecasts_every_day_once(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast: list[str] = []
    latest: list[bool] = []

    def forecast_day(
        settings: Settings, slate: Any, *, is_latest: bool, **_: object
    ) -> object:
        forecast.append(str(slate.day))
        latest.append(is_latest)
        return _stand_in("forecast_day")()

    monkeypatch.setattr(job, "forecast_day", forecast_day)
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    promote(
        settings,
        TEAM,
        str(read_aliases(settings, TEAM).champion),
        as_of=None,
        reason="",
    )
    days = (str(moment(league, -4).date()), str(moment(league, -2).date()))
    job.nightly(settings, league, backfill=days, box_scores=False)
    assert len(forecast) >= 2
    assert forecast == sorted(set(forecast))
    # What only tells of the present is made once.
    assert latest == [False] * (len(forecast) - 1) + [True]
    job.nightly(settings, league, backfill=days, box_scores=False)
    assert len(forecast) == len(set(forecast))
