"""Nights that go wrong: nothing is lost, the code says what, the next one recovers."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from ml.errors import (
    AlarmError,
    DeliveryError,
    GateError,
    ModelError,
    SourceError,
    StorageError,
)
from ml.jobs import nightly as job
from ml.jobs import pipeline
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


@pytest.fixture(scope="module")
def second_night(
    first_night: Settings, league: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    home = tmp_path_factory.mktemp("second") / "home"
    shutil.copytree(first_night.home, home)
    settings = first_night.model_copy(update={"home": home})
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
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


def test_the_next_night_grades_the_one_before(second_night: Settings) -> None:
    settings = second_night
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


def as_of_yesterday(league: Path, path: Path) -> Path:
    """Copy the league without the results of its last day that has any."""
    source = Path(shutil.copy(league, path))
    with closing(sqlite3.connect(source)) as old, old:
        old.execute(
            "create temp table late as select game_id from games "
            "where game_date = "
            "(select max(game_date) from games where home_pts is not null)"
        )
        of_it = "where game_id in (select game_id from late)"
        for table in ("team_game_stats", "player_game_stats", "starters"):
            old.execute(f"delete from {table} {of_it}")
        old.execute(f"update games set home_pts = null, away_pts = null {of_it}")
    return source


def test_a_source_older_than_yesterday_takes_no_result_back(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    older = as_of_yesterday(league, tmp_path / "old.sqlite")
    warehouse = settings.warehouse.read_bytes()
    with pytest.raises(SourceError, match="is older than this home") as failure:
        job.nightly(settings, older, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == record(settings)["exit_code"] == 30
    assert settings.warehouse.read_bytes() == warehouse
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"


CHANGES = {
    "a game twice": "insert into games select * from games limit 1",
    "a corrected line": "update player_game_stats set plus_minus = plus_minus + 1 "
    "where rowid = (select max(rowid) from player_game_stats)",
    "a broken column": "update player_game_stats set min = -min where min > 0",
    "a column that is gone": "alter table player_game_stats drop column min",
}


@pytest.mark.parametrize(
    "case",
    [
        ("a game twice", 0),
        ("a corrected line", 0),
        ("a broken column", 20),
        ("a column that is gone", 30),
    ],
)
def test_a_source_that_was_changed_is_taken_or_refused_as_a_whole(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, int],
) -> None:
    change, code = case
    # What is checked comes before and after the build.
    monkeypatch.setattr(pipeline, "build_features", lambda _: 0)
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    with closing(sqlite3.connect(source)) as spoilt, spoilt:
        spoilt.execute(CHANGES[change])
    before = files(settings.exports_dir)
    when = {"as_of": moment(league, -5), "box_scores": False}
    if code:
        with pytest.raises((GateError, SourceError)) as failure:
            job.nightly(settings, source, **when)
        assert failure.value.exit_code == code
        assert "min" in failure.value.problem
    else:
        job.nightly(settings, source, **when)
    assert record(settings)["exit_code"] == code
    assert files(settings.exports_dir) == before
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        versions = warehouse.execute(
            "select count(*) from raw.player_game_stats where superseded_at is not null"
        ).fetchone()
    assert versions == (int(change == "a corrected line"),)
    job.nightly(settings, league, **when)
    assert record(settings)["status"] == "done"


def test_a_registry_that_cannot_be_read_stops_the_night_and_no_more(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    before = files(settings.exports_dir)
    aliases = settings.registry_dir / "aliases.json"
    good = aliases.rename(aliases.with_name("elsewhere.json"))
    aliases.mkdir()  # reading it fails as a server that is down does
    with pytest.raises(StorageError, match=r"aliases\.json") as failure:
        job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == 42
    assert files(settings.exports_dir) == before
    aliases.rmdir()
    good.rename(aliases)
    champion = read_aliases(settings, TEAM).champion
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"
    assert read_aliases(settings, TEAM).champion == champion


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
    monkeypatch.setattr(pipeline, "build_day", lambda *_: None)

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


def test_an_all_star_break_is_neither_a_forecast_nor_an_alarm(
    settings: Settings, league: Path
) -> None:
    # Between the day that was forecast and the last one there are no games.
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "delete from fct_team_matchups where game_date > ? and game_date < "
            "(select max(game_date) from fct_team_matchups)",
            [record(settings)["day"]],
        )
    when = moment(league, -6) + pd.Timedelta(hours=24)
    assert when < moment(league, -1) - pd.Timedelta(hours=30)
    job.nightly(settings, league, as_of=when, box_scores=False)
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("done", 0)
    assert (night["day"], night["n_games"]) == ("", 0)
    summary = json.loads((settings.reports_dir / "monitor.json").read_text())
    assert (summary["overdue"], summary["n_graded"] > 0) == ([], True)


def test_a_gap_of_four_months_is_an_alarm(settings: Settings, league: Path) -> None:
    later = moment(league, -1) + pd.Timedelta(days=120)
    with pytest.raises(AlarmError, match="ingest overdue") as alarm:
        job.nightly(settings, league, as_of=later, box_scores=False)
    assert alarm.value.exit_code == 50
    assert record(settings)["status"] == "alarm"
    assert "overdue" in settings.performance_page.read_text("utf-8")


def start(settings: Settings, league: Path, *, zone: str) -> subprocess.Popen[bytes]:
    """Start the second night as a scheduler does, where the clock says otherwise."""
    as_of = moment(league, -5).isoformat()
    words = ["nightly", str(league), "--as-of", as_of, "--no-box-scores"]
    return subprocess.Popen(
        [sys.executable, "-m", "ml.cli", *words],
        env={**os.environ, "TIPOFF_HOME": str(settings.home), "TZ": zone},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_of_two_nights_one_runs_and_killed_it_is_made_up_for(
    settings: Settings, second_night: Settings, league: Path
) -> None:
    before = files(settings.exports_dir)
    with start(settings, league, zone="Pacific/Auckland") as night:
        while not (settings.home / ".lock.txt").exists():
            time.sleep(0.05)
        with start(settings, league, zone="Pacific/Auckland") as another:
            _, words = another.communicate()
        assert another.returncode == 40
        assert b"is in use: nightly (process" in b" ".join(words.split())
        night.kill()
    assert night.returncode == -9
    assert record(settings)["status"] == "done"  # still the night before
    assert files(settings.exports_dir).keys() >= before.keys()
    with start(settings, league, zone="Pacific/Auckland") as again:
        _, words = again.communicate()
    assert (again.returncode, record(settings)["status"]) == (0, "done"), words
    # A night that nobody disturbed, by another clock, says the same.
    assert read_forecasts(settings).equals(read_forecasts(second_night))
    assert record(settings)["day"] == record(second_night)["day"]
    kept = files(second_night.exports_dir)
    assert files(settings.exports_dir).keys() == kept.keys()
    for name in kept:
        if name.startswith("gameday_team_predictions"):
            assert (settings.exports_dir / name).read_bytes() == kept[name]


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
    reviewed: list[object] = []

    def review(*given: object) -> object:
        reviewed.append(given)
        return "healthy", None

    monkeypatch.setattr(job, "_review", review)
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
    assert len(reviewed) == 1
    job.nightly(settings, league, backfill=days, box_scores=False)
    assert len(forecast) == len(set(forecast))
