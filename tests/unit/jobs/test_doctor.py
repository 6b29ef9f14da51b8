"""The doctor finds what is wrong and says so, and changes nothing."""

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
from small_league import build_small_league

from ml import registry
from ml.errors import SettingsError
from ml.jobs.doctor import doctor, examine
from ml.jobs.models import list_
from ml.jobs.nightly import Night
from ml.registry import TEAM
from ml.settings import Settings, load_settings
from ml.storage.files import write_text
from ml.storage.lock import exclusive
from tests.unit.registry.test_registry import stub


def finding(home: Path, name: str, source: Path | None = None) -> tuple[str, bool]:
    findings = examine(Settings(home=home), source)
    (one,) = [found for found in findings if found.name == name]
    return one.found, one.is_well


def test_an_empty_home_is_well_and_stays_empty(tmp_path: Path) -> None:
    home = tmp_path / "home"
    findings = examine(Settings(home=home))
    assert all(found.is_well for found in findings)
    assert finding(home, "warehouse") == ("not made yet", True)
    assert finding(home, "last run") == ("none yet", True)
    assert not home.exists()


def test_a_spreadsheet_reads_what_another_program_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path / "home")
    doctor(settings, json_=True)
    told = json.loads(capsys.readouterr().out)
    doctor(settings, csv=True)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows == [{key: str(value) for key, value in row.items()} for row in told]
    list_(settings, csv=True)
    assert capsys.readouterr().out == "model,alias\n"


@pytest.mark.parametrize("damage", ["absent", "text"])
def test_a_source_that_cannot_be_read_is_named(tmp_path: Path, damage: str) -> None:
    source = tmp_path / "league.sqlite"
    if damage == "text":
        source.write_text("not a database" * 100, "utf-8")
    words, is_well = finding(tmp_path, "source", source)
    assert not is_well
    assert str(source) in words


def test_a_source_that_can_be_read_is_counted(tmp_path: Path) -> None:
    source = build_small_league(tmp_path / "league.sqlite")
    words = f"{source}: 13 tables, 12 of the contract's"
    assert finding(tmp_path, "source", source) == (words, True)


def test_a_source_of_other_tables_is_told_what_it_lacks(tmp_path: Path) -> None:
    source = tmp_path / "league.sqlite"
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("create table teams (team_id integer)")
    words, is_well = finding(tmp_path, "source", source)
    assert not is_well
    assert "column team_name is missing" in words


def test_a_last_run_that_is_torn_is_named(tmp_path: Path) -> None:
    report = Settings(home=tmp_path).last_run
    report.parent.mkdir(parents=True)
    report.write_text('{"game_date": "2024-', "utf-8")
    words, is_well = finding(tmp_path, "last run")
    assert not is_well
    assert str(report) in words


def test_the_last_night_is_told_with_its_outcome(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    night = Night("2024-01-15T22:00:00", "key", day="2024-01-15", n_games=7)
    last = settings.nights_dir / "last.json"
    write_text(last, json.dumps(asdict(night) | {"status": "done"}))
    words, is_well = finding(tmp_path, "last night")
    told = "done, exit code 0: 7 games of 2024-01-15 as of 2024-01-15T22:00:00"
    assert (words, is_well) == (told, True)
    steps = [{"step": "prepare", "error": "the source is locked"}]
    failed = {"status": "failed", "exit_code": 30, "steps": steps}
    write_text(last, json.dumps(asdict(night) | failed))
    words, is_well = finding(tmp_path, "last night")
    assert words.startswith("failed, exit code 30")
    assert words.endswith("the source is locked")
    assert not is_well
    write_text(last, "{")
    assert str(last) in finding(tmp_path, "last night")[0]


def test_what_is_overdue_or_degraded_is_not_well(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    write_text(settings.forecasts_dir / "2024-01-14.parquet", "")
    write_text(settings.forecasts_dir / "2024-01-15.parquet", "")
    assert finding(tmp_path, "last forecast") == ("of 2024-01-15", True)
    review: dict[str, object] = {"as_of": "now", "level": "watch", "n_graded": 90}
    summary = settings.reports_dir / "monitor.json"
    tables = {"tables": [{"table": "starters", "newest": "2024-01-14"}]}
    write_text(summary, json.dumps(review | tables | {"overdue": []}))
    assert finding(tmp_path, "tables until") == ("starters 2024-01-14", True)
    assert finding(tmp_path, "overdue") == ("nothing, as of now", True)
    assert finding(tmp_path, "forecasts") == ("watch on 90 games, as of now", True)
    late = [{"what": "retrain", "found": "the newest model knows nothing"}]
    write_text(summary, json.dumps(review | {"level": "degraded", "overdue": late}))
    words = "retrain: the newest model knows nothing"
    assert finding(tmp_path, "overdue") == (words, False)
    assert not finding(tmp_path, "forecasts")[1]


def test_champion_and_challenger_are_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, project_dir=tmp_path)
    first, second = (
        registry.store_team_model(settings, stub(f"2024-01-0{day}")).name
        for day in (1, 2)
    )
    registry.promote(settings, TEAM, first, as_of=None, reason="first")
    registry.challenge(settings, TEAM, second, as_of=None, reason="due")
    words, is_well = finding(tmp_path, "team model")
    assert is_well
    assert words == (
        f"champion {first}; on trial {second}; the newest has learnt until 2024-01-02"
    )
    shutil.rmtree(settings.registry_dir / first)
    words, is_well = finding(tmp_path, "team model")
    assert f"{first} is not there" in words
    assert not is_well
    (settings.registry_dir / "aliases.json").write_text("{")
    assert not finding(tmp_path, "team model")[1]


def test_a_setting_that_cannot_be_used_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIPOFF_HORIZON_MINUTES", "0")
    with pytest.raises(
        SettingsError, match="TIPOFF_HORIZON_MINUTES='0' cannot be used"
    ):
        load_settings()


@pytest.mark.parametrize(
    "name", ["TIPOFF_THREADS", "TIPOFF_REDIS_URL", "TIPOFF_ONLINE_STORE"]
)
def test_what_is_in_the_place_of_a_setting_may_be_a_key(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "redis://:hunter2SuperSecret99@server")
    with pytest.raises(SettingsError, match=name) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_a_night_that_was_killed_is_told_from_one_that_runs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    night = Night("2024-01-15T22:00:00", "key")
    write_text(settings.nights_dir / "last.json", json.dumps(asdict(night)))
    told = "killed before its end as of 2024-01-15T22:00:00: the next one goes on"
    assert finding(tmp_path, "last night") == (told, False)
    with exclusive(settings, "nightly"):
        words, is_well = finding(tmp_path, "last night")
    assert (words, is_well) == ("running as of 2024-01-15T22:00:00", True)
