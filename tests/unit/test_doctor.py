"""The doctor finds what is wrong and says so, and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ml.doctor import examine
from ml.errors import SettingsError
from ml.settings import Settings, load_settings


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


@pytest.mark.parametrize("damage", ["absent", "text"])
def test_a_source_that_cannot_be_read_is_named(tmp_path: Path, damage: str) -> None:
    source = tmp_path / "league.sqlite"
    if damage == "text":
        source.write_text("not a database" * 100, "utf-8")
    words, is_well = finding(tmp_path, "source", source)
    assert not is_well
    assert str(source) in words


def test_a_source_that_can_be_read_is_counted(tmp_path: Path) -> None:
    source = tmp_path / "league.sqlite"
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("create table teams (team_id integer)")
    assert finding(tmp_path, "source", source) == (f"{source}: 1 tables", True)


def test_a_last_run_that_is_torn_is_named(tmp_path: Path) -> None:
    report = Settings(home=tmp_path).last_run
    report.parent.mkdir(parents=True)
    report.write_text('{"game_date": "2024-', "utf-8")
    words, is_well = finding(tmp_path, "last run")
    assert not is_well
    assert str(report) in words


def test_a_setting_that_cannot_be_used_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIPOFF_HORIZON_MINUTES", "0")
    with pytest.raises(
        SettingsError, match="TIPOFF_HORIZON_MINUTES='0' cannot be used"
    ):
        load_settings()
