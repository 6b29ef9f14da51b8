"""Nights that go wrong: nothing is lost, the code says what, the next one recovers."""

import itertools
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
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from browser import browsing
from fsspec.implementations.memory import MemoryFileSystem
from full_disk import Disk
from killed import STEPS, quicken, run_until

from ml.errors import (
    AlarmError,
    BuildError,
    DeliveryError,
    GateError,
    MissingError,
    ModelError,
    SetAsideError,
    SourceError,
    StorageError,
)
from ml.features import feast
from ml.features.manifest import read_catalog
from ml.jobs import nightly as job
from ml.jobs.doctor import examine
from ml.monitor import read_forecasts
from ml.pipeline import steps as pipeline
from ml.predict.slate import find_slate, newest_known
from ml.registry import TEAM, promote, read_aliases
from ml.settings import Settings
from ml.sources.synthetic import simulate_league

Night = Callable[..., None]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def kept(settings: Settings) -> dict[str, bytes]:
    """Read everything that a night has to keep, whatever goes wrong."""
    folders = ("exports", "features", "forecasts", "model", "registry", "reports")
    paths = [path for name in folders for path in (settings.home / name).rglob("*")]
    return {
        str(path.relative_to(settings.home)): path.read_bytes()
        for path in sorted([*paths, settings.warehouse])
        if path.is_file()
    }


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
        "source",
        "prepare",
        "slate",
        f"models of {TEAM}",
        "forecast",
        "review",
    ]
    champion = read_aliases(first_night, TEAM).champion
    assert champion is not None
    assert night["steps"][4]["model"] == champion


def test_when_all_games_are_played_the_last_are_graded(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slate = find_slate(settings, moment(league, -3).date())
    reviewed: list[datetime] = []

    def review(
        settings: Settings, source: Path, now: datetime, _: object
    ) -> tuple[str, None]:
        reviewed.append(now)
        return "healthy", None

    monkeypatch.setattr(job, "_review", review)
    monkeypatch.setattr(job, "find_slate", lambda *_: slate)
    job.nightly(settings, league, box_scores=False)
    (now,) = reviewed
    assert slate.moment < now == newest_known(settings)


def test_the_same_night_again_does_nothing(settings: Settings, league: Path) -> None:
    before = files(settings.exports_dir)
    with pytest.raises(SystemExit) as end:
        job.nightly(settings, league, as_of=moment(league, -6), box_scores=False)
    assert end.value.code == job.NOTHING_NEW == 10
    assert files(settings.exports_dir) == before


def test_the_next_night_grades_the_one_before(
    second_night: Settings, tmp_path: Path
) -> None:
    settings = second_night
    summary = json.loads((settings.reports_dir / "monitor.json").read_text())
    graded = pd.read_parquet(settings.reports_dir / "grades.parquet")
    assert summary["n_graded"] == len(graded) > 0
    told = {each["table"]: each["newest"] for each in summary["tables"]}
    assert told == record(settings)["steps"][-1]["tables"]
    assert told["player_game_stats"] == str(graded["game_date"].max().date())
    assert (graded["forecast_at"] < graded["tipoff_at"]).all()
    page = settings.performance_page.read_text("utf-8")
    assert "healthy" in page
    assert "src=" not in page  # nothing to fetch
    assert "http" not in page
    with browsing(tmp_path, settings.performance_page.as_uri()) as opened:
        opened.until(f"{opened.of('main table')} !== null")
        assert opened.hindrances("light") + opened.hindrances("dark") == []


# Writes so much that not all fits in memory, and dies before it is through.
WRITER = """
import os, sqlite3, sys
source = sqlite3.connect(sys.argv[1])
source.execute("pragma cache_size = 5")
source.execute("begin")
source.execute("update player_game_stats set pts = pts + 1")
os.kill(os.getpid(), 9)
"""


def break_source(path: Path, how: str) -> Path:
    """Spoil a copy of the league."""
    if how == "missing":
        path.unlink()
    elif how == "cut short":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "half-written":
        dead = subprocess.run([sys.executable, "-c", WRITER, path], check=False)
        assert dead.returncode == -9
        assert path.with_name(f"{path.name}-journal").stat().st_size > 0
    elif how == "not a database":
        path.write_bytes(b"<html>404</html>" * 100)
    return path


@pytest.mark.parametrize(
    "fault",
    [
        ("missing", "does not exist"),
        ("cut short", "is truncated: "),
        ("half-written", "is half-written: the program that wrote to it was stopped"),
        ("not a database", "is not a SQLite database: it begins with b'<html>"),
        ("locked", "is locked by another program"),
    ],
)
def test_a_broken_source_keeps_the_last_good_output(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    fault: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    how, words = fault
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    before = kept(settings)
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as other:
        break_source(source, how)
        if how == "locked":
            other.execute("create table news (id integer)")
            other.commit()
            other.execute("begin exclusive")
        with pytest.raises(SourceError) as failure:
            job.nightly(settings, source, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == 30
    assert failure.value.problem.startswith(f"{source} {words}")
    assert failure.value.remedy
    assert kept(settings) == before
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("failed", 30)
    assert night["steps"][-1]["error"] == failure.value.problem
    # What was prepared from the good source serves the next night at once.
    monkeypatch.setattr(pipeline, "build_features", _never)
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert (record(settings)["status"], record(settings)["n_games"]) == ("done", 5)


def _never(*_: object, **__: object) -> None:
    raise AssertionError("was called")


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
    monkeypatch.setattr(pipeline, "build_features", _never)
    before = kept(settings)
    words = r"is older than this home: its newest result is of 20.*, results until 20"
    with pytest.raises(SourceError, match=words) as failure:
        job.nightly(settings, older, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == record(settings)["exit_code"] == 30
    assert kept(settings) == before
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"


CHANGES = {
    "a game twice": "insert into games select * from games limit 1",
    "a game twice, otherwise": "create temp table again as select * from games limit 1;"
    "update again set home_pts = home_pts + 1; insert into games select * from again",
    "a corrected line": "update player_game_stats set plus_minus = plus_minus + 1 "
    "where rowid = (select max(rowid) from player_game_stats)",
    "a broken column": "update player_game_stats set min = -min where min > 0",
    "a column that is gone": "alter table player_game_stats drop column min",
}


def stored(settings: Settings) -> tuple[int, ...]:
    """Count games, all versions of games and of lines, and rows put aside."""
    counts = (
        "count(distinct game_id) from raw.games",
        "count(*) from raw.games",
        "count(*) from raw.player_game_stats",
        "count(*) from raw.quarantine",
    )
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        rows = [warehouse.execute(f"select {each}").fetchone() for each in counts]
    return tuple(row[0] for row in rows if row)


@pytest.mark.parametrize(
    "case",
    [
        ("a game twice", (0, 0, 0, 1)),
        ("a game twice, otherwise", (0, 0, 0, 2)),
        ("a corrected line", (0, 0, 1, 0)),
    ],
)
def test_duplicates_are_put_aside_and_corrections_keep_both_versions(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, tuple[int, ...]],
) -> None:
    change, more = case
    # What is checked comes before the build.
    monkeypatch.setattr(pipeline, "build_features", lambda _: 0)
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    with closing(sqlite3.connect(source)) as spoilt:
        spoilt.executescript(CHANGES[change])
    before, there = files(settings.exports_dir), stored(settings)
    when = {"as_of": moment(league, -5), "box_scores": False}
    job.nightly(settings, source, **when)
    assert (record(settings)["status"], record(settings)["exit_code"]) == ("done", 0)
    assert files(settings.exports_dir) == before
    assert stored(settings) == tuple(map(sum, zip(there, more, strict=True)))
    job.nightly(settings, league, **when)
    assert record(settings)["status"] == "done"


@pytest.mark.parametrize(
    "case",
    [
        ("a broken column", 20, r"(?s)player_game_stats: .* rows are bad.*min = -"),
        ("a column that is gone", 30, r"player_game_stats.*\bmin\b"),
    ],
)
def test_a_broken_column_is_refused_with_all_that_came_with_it(
    settings: Settings,
    league: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, int, str],
) -> None:
    change, code, words = case
    monkeypatch.setattr(pipeline, "build_features", _never)
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    with closing(sqlite3.connect(source)) as spoilt, spoilt:
        spoilt.execute(CHANGES[change])
    before = kept(settings)
    when = {"as_of": moment(league, -5), "box_scores": False}
    with pytest.raises((GateError, SourceError), match=words) as failure:
        job.nightly(settings, source, **when)
    assert failure.value.exit_code == record(settings)["exit_code"] == code
    assert failure.value.remedy
    assert record(settings)["steps"][-1]["error"] == failure.value.problem
    assert kept(settings) == before
    job.nightly(settings, league, **when)
    assert record(settings)["status"] == "done"


def test_a_registry_that_cannot_be_read_stops_the_night_and_no_more(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    aliases, before = settings.registry_dir / "aliases.json", kept(settings)
    good = aliases.rename(aliases.with_name("elsewhere.json"))
    aliases.mkdir()  # reading it fails as a server that is down does
    with pytest.raises(StorageError, match=r"aliases\.json") as failure:
        job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert failure.value.exit_code == record(settings)["exit_code"] == 42
    assert failure.value.remedy
    aliases.rmdir()
    good.rename(aliases)
    assert kept(settings) == before
    champion = read_aliases(settings, TEAM).champion
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert record(settings)["status"] == "done"
    assert read_aliases(settings, TEAM).champion == champion


DAMAGES: dict[str, Callable[[str], str]] = {
    "cut short": lambda text: text[:1000],
    "another number": lambda text: text.replace("0.1", "0.2", 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_champion_is_replaced_by_one_that_is_whole(
    settings: Settings,
    league: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    champion = str(read_aliases(settings, TEAM).champion)
    path = settings.registry_dir / champion / "model.json"
    text = path.read_text("utf-8")
    path.write_text(DAMAGES[damage](text), encoding="utf-8")
    assert path.read_text("utf-8") != text
    before = kept(settings)
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    aliases = read_aliases(settings, TEAM)
    assert aliases.champion not in (None, champion)
    assert champion in aliases.history[-1].reason
    assert "is damaged" in " ".join(capsys.readouterr().err.split())
    assert (record(settings)["status"], record(settings)["exit_code"]) == ("done", 0)
    after = kept(settings)
    told = ("aliases.json", "performance.html", "monitor.json", "grades.parquet")
    lost = [name for name in before if after.get(name) != before[name]]
    assert [name for name in lost if not name.endswith(told)] == []
    (settings.nights_dir / "last.json").unlink()
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert read_aliases(settings, TEAM) == aliases


@pytest.mark.parametrize("share", [0, 0.4, 0.97])
def test_a_disk_that_is_full_in_the_middle_keeps_the_last_good_output(
    settings: Settings,
    second_night: Settings,
    league: Path,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
) -> None:
    quicken(monkeypatch.setattr)
    before, run = files(settings.exports_dir), settings.last_run.read_bytes()
    whole = files(second_night.exports_dir)
    new = "columns.csv", f"_{record(second_night)['day']}."
    needed = sum(len(whole[name]) for name in whole if any(n in name for n in new))
    disk = Disk(settings.exports_dir, int(share * needed))
    when = {"as_of": moment(league, -5), "box_scores": False}
    with monkeypatch.context() as patch:
        disk.install(patch)
        with pytest.raises(
            StorageError, match=r"forecast stopped.*No space"
        ) as failure:
            job.nightly(settings, league, **when)
    assert (disk.left, disk.taken) == (0, int(share * needed))
    assert failure.value.exit_code == record(settings)["exit_code"] == 42
    assert "make room" in failure.value.remedy
    assert record(settings)["status"] == "failed"
    after = files(settings.exports_dir)
    assert settings.last_run.read_bytes() == run
    for name, content in after.items():
        assert content == (before[name] if name in before else whole[name]) or (
            name == "columns.csv"
        )
    assert after.keys() >= before.keys()
    job.nightly(settings, league, **when)
    assert record(settings)["status"] == "done"
    recovered = files(settings.exports_dir)
    assert recovered.keys() == whole.keys()
    of_the_day = [name for name in whole if str(record(settings)["day"]) in name]
    assert of_the_day
    assert [name for name in of_the_day if recovered[name] != whole[name]] == []
    # The forecast that was kept before the disk was full is kept once.
    assert read_forecasts(settings).equals(read_forecasts(second_night))


@pytest.mark.parametrize(
    "error",
    [
        BuildError("dbt run failed:\n    [Errno 28] No space left on device"),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_a_full_disk_is_called_so_whoever_meets_it(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(job, "forecast_day", full)
    with pytest.raises(StorageError, match="forecast stopped") as failure:
        job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert str(error) in failure.value.problem
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("failed", 42)
    assert night["steps"][-1]["exit_code"] == 42


def test_half_a_manifest_has_the_next_night_prepared_again(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a full disk, or a kill, leaves of a file that dbt writes.
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    manifest = settings.manifest.read_bytes()
    settings.manifest.write_bytes(manifest[: len(manifest) // 2])
    built: list[object] = []

    def build(given: Settings) -> int:
        built.append(given)
        given.manifest.write_bytes(manifest)
        return 0

    monkeypatch.setattr(pipeline, "build_features", build)
    job.nightly(settings, league, as_of=moment(league, -5), box_scores=False)
    assert (record(settings)["status"], len(built)) == ("done", 1)
    settings.manifest.write_bytes(manifest[:-2])
    with pytest.raises(MissingError, match=r"manifest\.json is half-written"):
        read_catalog(settings)


def test_marts_half_made_are_made_again(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quicken(monkeypatch.setattr)
    made: list[object] = []

    def half(given: Settings, day: object) -> None:
        with duckdb.connect(str(given.warehouse)) as warehouse:
            warehouse.execute(f"update dim_slate set game_date = '{day}'")
        made.append(day)
        if len(made) == 1:
            raise Killed

    monkeypatch.setattr(pipeline, "build_day", half)
    when = {"as_of": moment(league, -5), "box_scores": False}
    with pytest.raises(Killed):
        job.nightly(settings, league, **when)
    job.nightly(settings, league, **when)
    assert len(made) == 2
    (settings.nights_dir / "last.json").unlink()
    job.nightly(settings, league, **when)
    assert len(made) == 2


def test_a_night_without_games_forecasts_nothing_and_names_the_nights_missed(
    settings: Settings, league: Path
) -> None:
    after = moment(league, -1) + pd.Timedelta(hours=30)
    before = files(settings.exports_dir)
    with pytest.raises(AlarmError, match="forecast overdue: games were not") as alarm:
        job.nightly(settings, league, as_of=after, box_scores=False)
    night = record(settings)
    assert (night["status"], night["n_games"], night["day"]) == ("alarm", 0, "")
    assert alarm.value.exit_code == night["exit_code"] == 50
    after_it = files(settings.exports_dir)
    kept = [name for name in before if name != "performance.html"]
    assert [after_it[name] for name in kept] == [before[name] for name in kept]


def test_an_all_star_break_is_neither_a_forecast_nor_an_alarm(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
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
    before = files(settings.exports_dir) | {"performance.html": b""}
    # With games that were set aside it is no break.
    row = {"game_id": "0022300999", "game_date": f"{when:%Y-%m-%d}"}
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "insert into raw.quarantine values ('games', 'unknown_team', "
            "['unknown_team'], '{}', ?, 'league.sqlite', ?, ['away_team_id'])",
            [json.dumps(row | {"home_pts": None, "away_pts": None}), when],
        )
    with pytest.raises(SetAsideError, match="game 0022300999") as alarm:
        job.nightly(settings, league, as_of=when, box_scores=False)
    night = record(settings)
    assert alarm.value.exit_code == night["exit_code"] == 23
    assert (night["status"], night["n_games"]) == ("alarm", 0)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("delete from raw.quarantine where key = '{}'")
    job.nightly(settings, league, as_of=when, box_scores=False)
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("done", 0)
    assert (night["day"], night["n_games"]) == ("", 0)
    summary = json.loads((settings.reports_dir / "monitor.json").read_text())
    assert (summary["overdue"], summary["n_graded"] > 0) == ([], True)
    assert files(settings.exports_dir) | {"performance.html": b""} == before
    # The first night after it is one like any other.
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    job.nightly(settings, league, as_of=moment(league, -1), box_scores=False)
    night = record(settings)
    assert (night["status"], night["n_games"] > 0) == ("done", True)
    assert night["day"] == str(moment(league, -1).date())


def test_a_gap_of_four_months_is_an_alarm_only_where_no_schedule_explains_it(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    materialize = feast.materialize
    quicken(monkeypatch.setattr)
    # A forecast asks for the state of its own moment.
    monkeypatch.setattr(feast, "materialize", materialize)
    gap = pd.Timedelta(days=126)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        moments = ("tipoff_at", "forecast_at", "known_at")
        later = ", ".join(f"{name} = {name} + interval 126 days" for name in moments)
        warehouse.execute(
            "update fct_team_matchups set "
            f"game_date = game_date + interval 126 days, {later} where game_date > ?",
            [record(settings)["day"]],
        )
    before = files(settings.exports_dir)
    amid = moment(league, -6) + pd.Timedelta(days=61)
    job.nightly(settings, league, as_of=amid, box_scores=False)
    assert (record(settings)["status"], record(settings)["n_games"]) == ("done", 0)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "create table later as select * from fct_team_matchups where tipoff_at > ?",
            [amid],
        )
        warehouse.execute("delete from fct_team_matchups where tipoff_at > ?", [amid])
    amid += pd.Timedelta(hours=1)
    with pytest.raises(AlarmError, match=r"ingest overdue: .* 60 days old") as alarm:
        job.nightly(settings, league, as_of=amid, box_scores=False)
    assert alarm.value.exit_code == record(settings)["exit_code"] == 50
    assert (record(settings)["status"], record(settings)["n_games"]) == ("alarm", 0)
    assert "overdue" in settings.performance_page.read_text("utf-8")
    assert files(settings.exports_dir).keys() == before.keys()
    # The first night after it has games to come: the old results are no alarm.
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("insert into fct_team_matchups select * from later")
    job.nightly(settings, league, as_of=moment(league, -5) + gap, box_scores=False)
    assert (record(settings)["status"], record(settings)["n_games"] > 0) == (
        "done",
        True,
    )
    assert len(files(settings.exports_dir)) == len(before) + 5
    job.nightly(settings, league, as_of=moment(league, -4) + gap, box_scores=False)
    night = record(settings)
    assert (night["status"], night["exit_code"]) == ("done", 0)
    assert night["n_games"] > 0


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
        with start(settings, league, zone="America/Los_Angeles") as another:
            _, words = another.communicate()
        assert another.returncode == 40
        assert b"is in use: nightly (process" in b" ".join(words.split())
        night.kill()
    assert night.returncode == -9
    assert record(settings)["status"] == "running"
    assert files(settings.exports_dir).keys() >= before.keys()
    with start(settings, league, zone="America/Los_Angeles") as again:
        _, words = again.communicate()
    assert (again.returncode, record(settings)["status"]) == (0, "done"), words
    # A night that nobody disturbed, by another clock, says the same.
    assert read_forecasts(settings).equals(read_forecasts(second_night))
    assert record(settings)["day"] == record(second_night)["day"]
    assert files(settings.exports_dir) == files(second_night.exports_dir)


class Killed(BaseException):
    """Ends a run as a signal does: nothing catches it."""


def test_nights_killed_at_every_step_end_like_an_undisturbed_one(
    settings: Settings,
    second_night: Settings,
    league: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Path(shutil.copy(league, tmp_path / "new.sqlite"))
    with closing(sqlite3.connect(source)) as other:
        other.execute("pragma user_version = 2")  # another file, the same rows
    when: dict[str, Any] = {
        "as_of": moment(league, -5),
        "publish_to": f"file://{tmp_path}/out",
    }
    before, out = files(settings.exports_dir), tmp_path / "out"
    of_the_day = [name for name in before if record(settings)["day"] in name]
    zones = itertools.cycle(["Pacific/Auckland", "America/Los_Angeles"])
    for step in STEPS:
        end = run_until(step, settings.home, source, zone=next(zones), **when)
        assert end == -9, step
        assert record(settings)["status"] == "running", step
        after = files(settings.exports_dir)
        assert after.keys() >= before.keys(), step
        assert [name for name in of_the_day if after[name] != before[name]] == []
        assert not (out / "latest.json").exists() or step == STEPS[-1]
    (told,) = [one for one in examine(settings) if one.name == "last night"]
    assert told.found.startswith("killed before its end")
    assert not told.is_well
    quicken(monkeypatch.setattr)
    job.nightly(settings, source, box_scores=False, **when)
    night = record(settings)
    assert (night["status"], night["day"]) == ("done", record(second_night)["day"])
    assert read_forecasts(settings).equals(read_forecasts(second_night))
    assert read_aliases(settings, TEAM) == read_aliases(second_night, TEAM)
    assert stored(settings) == stored(second_night)
    expected, found = kept(second_night), kept(settings)
    # The warehouse knows another file (above), and no profiles were made.
    other = ("profiles", "warehouse")
    same = [name for name in expected if not any(word in name for word in other)]
    assert [name for name in same if found.get(name) != expected[name]] == []
    manifest = json.loads((out / night["day"] / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        there = (out / night["day"] / entry["path"]).read_bytes()
        assert there == (settings.exports_dir / name).read_bytes()


def _stand_in(name: str) -> Callable[..., object]:
    class Gameday:
        model = "none"
        all_unseen = set_aside = notes = ()

    def forecast_day(*_: object, **__: object) -> object:
        return Gameday()

    def review(*_: object) -> object:
        return "healthy", None

    return forecast_day if name == "forecast_day" else review


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GateError("a column is broken"), 20),
        (BuildError("a test failed"), 21),
        (ModelError("the model does not fit"), 22),
        (ZeroDivisionError("nobody thought of it"), 1),
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
    assert night["steps"][-1]["error"].endswith(str(error))


def _forecast_file(settings: Settings, slate: Any, **_: object) -> object:
    page = settings.exports_dir / f"gameday_{slate.day}.html"
    page.write_text(f"forecasts of {slate.day}")
    return _stand_in("forecast_day")()


def delivered(day: str) -> bytes:
    """Read a day's page as a stranger would; empty where there is none."""
    files = MemoryFileSystem()
    if not files.exists(f"/nba/{day}/manifest.json"):
        return b""
    manifest = json.loads(files.cat_file(f"/nba/{day}/manifest.json"))
    for entry in manifest["files"].values():
        content = files.cat_file(f"/nba/{day}/{entry['path']}")
        assert sha256(content).hexdigest() == entry["sha256"]
    path = manifest["files"][f"gameday_{day}.html"]["path"]
    return bytes(files.cat_file(f"/nba/{day}/{path}"))


def test_a_night_that_was_not_delivered_is_made_up_for_by_the_next_one(
    settings: Settings, league: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    monkeypatch.setattr(job, "forecast_day", _forecast_file)
    monkeypatch.setattr(
        "ml.report.publishing.wait_exponential_jitter", lambda *_, **__: None
    )
    monkeypatch.setattr("ml.report.publish_target.KEEPING", {"memory"})
    MemoryFileSystem.store.clear()
    honest, written = MemoryFileSystem.pipe_file, []

    def dies(store: Any, path: str, value: bytes, **options: Any) -> None:
        written.append(path)
        if len(written) > 2:
            raise OSError("the store is down")
        honest(store, path, value, **options)

    first = {
        "as_of": moment(league, -6),
        "box_scores": False,
        "publish_to": "memory://nba",
    }
    job.nightly(settings, league, **first)
    before = record(settings)["day"], delivered(record(settings)["day"])
    second, third = ({**first, "as_of": moment(league, day)} for day in (-5, -4))
    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "pipe_file", dies)
        with pytest.raises(DeliveryError, match="the store is down") as failure:
            job.nightly(settings, league, **second)
    assert failure.value.exit_code == record(settings)["exit_code"] == 41
    assert len(written) > 2
    late = record(settings)["day"]
    assert (record(settings)["status"], delivered(late)) == ("alarm", b"")
    assert delivered(before[0]) == before[1] != b""
    page = settings.exports_dir / f"gameday_{late}.html"
    job.nightly(settings, league, **third)
    night = record(settings)
    assert (night["status"], night["steps"][-1]["made_up_for"]) == ("done", [late])
    assert delivered(night["day"])
    assert delivered(late) == page.read_bytes()
    latest = json.loads(MemoryFileSystem().cat_file("/nba/latest.json"))
    assert latest["game_date"] == night["day"]
    # Its record says so, and nothing of it is left to do.
    assert (record(settings, late)["status"], record(settings, late)["exit_code"]) == (
        "done",
        0,
    )
    (settings.nights_dir / "last.json").unlink()
    job.nightly(settings, league, **third)
    assert "made_up_for" not in record(settings)["steps"][-1]


def test_a_delivery_that_fails_is_repeated_by_the_same_night(
    settings: Settings, league: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_review", _stand_in("review"))
    monkeypatch.setattr(job, "forecast_day", _stand_in("forecast_day"))
    target = f"file://{tmp_path}/out"

    def down(*_: object, **__: object) -> None:
        raise DeliveryError("the store is down")

    again = {"as_of": moment(league, -6), "box_scores": False, "publish_to": target}
    with monkeypatch.context() as patch:
        patch.setattr("ml.report.publishing.publish", down)
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


# Keys as a person could have them, each in a place of its own.
KEYS = {
    "key id": "AKIAQ7FAKEFAKEFAKE42",
    "secret": "wJalrXUtnFEMIK7MDENG+bPxRfiCYfakefake",
    "password": "fakepasswordofredis",
    "signature": "fakesignature0123456789",
    "part of a path": "fake0part1of2the3path4",
    "variable": "fakevalueofavariable",
    "mapping": "fakevalueofamapping",
    "source": "fakekeyofthesource",
    "old record": "fakekeyofanoldrecord",
}


def test_a_key_is_found_nowhere_after_a_night(
    settings: Settings, league: Path, tmp_path: Path
) -> None:
    """Whatever it was given in: options, environment, mapping, target or source."""
    secret, signature = KEYS["secret"], KEYS["signature"]
    user = f"{KEYS['key id']}:{secret}"
    source = tmp_path / f"league?sig={KEYS['source']}.sqlite"
    source.symlink_to(league)
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(f"tables: {{games: {{password: {KEYS['mapping']}}}}}\n")
    last = record(settings)
    last["key"] = f"abc publish_to='s3://u:{KEYS['old record']}@bucket'"
    last["steps"].append({"step": "publish", "error": f"s3://{KEYS['old record']}@b"})
    for name in ("last", last["day"]):
        (settings.nights_dir / f"{name}.json").write_text(json.dumps(last))
    place = tmp_path / "person"
    place.mkdir()
    environment = os.environ | {
        "HOME": str(place),
        "TIPOFF_HOME": str(settings.home),
        "TIPOFF_S3_ENDPOINT": "http://127.0.0.1:9",
        "TIPOFF_REDIS_URL": f"localhost:6379,password={KEYS['password']}",
        "AWS_ACCESS_KEY_ID": KEYS["key id"],
        "AWS_SECRET_ACCESS_KEY": secret,
        "FSSPEC_S3_KEY": KEYS["variable"],
        "PYTHONWARNINGS": "default",
    }
    night = ["nightly", str(source), "--no-box-scores", "--as-of"]
    night.append(moment(league, -5).isoformat(timespec="seconds"))
    s3 = f"s3://bucket/{KEYS['part of a path']}/nba"
    commands: list[tuple[list[str], dict[str, str], int]] = [
        ([*night, "--publish-to", f"s3:/{user}@bucket/nba"], {}, 2),
        ([*night, "--publish-to", f"simplecache::s3://{user}@bucket/nba"], {}, 2),
        (night, {"TIPOFF_PUBLISH_TO": f"https://bucket/nba?sig={signature}"}, 2),
        (night, {"TIPOFF_S3_ENDPOINT": f"http://{user}@h", "TIPOFF_PUBLISH_TO": s3}, 2),
        ([*night, f"s3://{user}@bucket/nba"], {}, 2),
        (["nightly", f"s3://{user}@bucket/league.sqlite"], {}, 30),
        (["ingest", str(source), "--mapping", str(mapping)], {}, 2),
        ([*night, "--publish-to", s3], {}, DeliveryError.exit_code),
        (["doctor", str(source)], {}, DeliveryError.exit_code),
    ]
    told = []
    for arguments, more, code in commands:
        done = subprocess.run(
            [sys.executable, "-m", "ml.cli", *arguments],
            env=environment | more,
            capture_output=True,
            check=False,
        )
        told.append(done.stdout + done.stderr)
        if arguments[0] != "doctor":
            assert done.returncode == code, (arguments, done.stderr[-2000:])
    assert record(settings)["steps"][-1]["step"] == "publish"
    assert "error" in record(settings)["steps"][-1]
    kept_files = [
        path
        for folder in (settings.home, place)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert len(kept_files) > 30
    told += [path.read_bytes() for path in kept_files]
    told += [str(path).encode() for path in kept_files]
    for what, key in KEYS.items():
        found = [text[:200] for text in told if key.encode() in text]
        assert not found, what
        # Nor broken into lines by whatever prints it.
        assert key[:12].encode() not in b"".join(told[: len(commands)]), what
