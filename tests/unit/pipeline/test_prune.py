"""A home does not grow for ever, and loses nothing that somebody needs."""

import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import registry
from ml.jobs.doctor import examine
from ml.pipeline.prune import DAYS_OF_GAMES, prune
from ml.registry import TEAM
from ml.settings import Settings
from tests.unit.registry.test_registry import stub

LAST = date(2024, 6, 17)


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", "utf-8")
    return path


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@given(
    ages=st.sets(st.integers(0, 900), min_size=1, max_size=60),
    keep_days=st.integers(31, 500),
)
def test_days_older_than_the_setting_go_but_for_those_still_to_be_delivered(
    tmp_path_factory: pytest.TempPathFactory, ages: set[int], keep_days: int
) -> None:
    settings = Settings(home=tmp_path_factory.mktemp("home"), keep_days=keep_days)
    newest, *_ = order = sorted(ages)
    for age in ages:
        day = LAST - timedelta(days=age)
        write(settings.exports_dir / f"gameday_matchups_{day}.csv")
        write(settings.exports_dir / f"gameday_{day}.html")
        write(settings.nights_dir / f"{day}.json")
        write(settings.forecasts_dir / f"{day}.parquet")
    always = ("columns.csv", "player_profiles_from_db_2023-24.csv")
    for name in always:
        write(settings.exports_dir / name)
    write(settings.nights_dir / "last.json")
    prune(settings)
    kept = {LAST - timedelta(days=age) for age in order[:DAYS_OF_GAMES]} | {
        LAST - timedelta(days=age) for age in ages if age - newest <= keep_days
    }
    assert files(settings.nights_dir) == {"last.json", *(f"{day}.json" for day in kept)}
    assert files(settings.exports_dir) == {
        *always,
        *(f"gameday_matchups_{day}.csv" for day in kept),
        *(f"gameday_{day}.html" for day in kept),
    }
    assert len(files(settings.forecasts_dir)) == len(ages)
    assert prune(settings) == 0


def test_models_that_serve_or_could_again_stay(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, keep_days=31)
    days = [f"2024-{month:02}-01" for month in range(1, 13)]
    names = [registry.store_team_model(settings, stub(day)).name for day in days]
    for name in (names[0], names[2]):
        registry.promote(settings, TEAM, name, as_of=None, reason="")
    registry.challenge(settings, TEAM, names[4], as_of=None, reason="")
    assert prune(settings) == 6
    left = {path.name for path in settings.registry_dir.iterdir() if path.is_dir()}
    assert left == {names[0], names[2], names[4], *names[-3:]}
    registry.roll_back(settings, TEAM, as_of=None, reason="")
    assert registry.read_aliases(settings, TEAM).champion == names[0]


def test_what_a_kill_left_goes_after_a_day(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    old, new = ".columns-ab12cd_9.csv", ".columns-ab12cd_8.csv"
    mine = ".my-notes.csv", ".gitignore", "a-ab12cd_9.csv"
    for name in (old, new, *mine):
        path = write(settings.exports_dir / name)
        if name != new:
            os.utime(path, (time.time() - 100_000,) * 2)
    other = write(tmp_path / "simulated" / "exports" / old)
    os.utime(other, (time.time() - 100_000,) * 2)
    spilled = write(tmp_path / "warehouse.duckdb.tmp" / "block").parent
    os.utime(spilled, (time.time() - 100_000,) * 2)
    assert prune(settings) == 2
    assert files(settings.exports_dir) == {new, *mine}
    assert other.exists()
    assert not spilled.exists()


def test_the_doctor_says_how_large_everything_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    path = write(settings.exports_dir / "columns.csv")
    path.write_bytes(b"x" * 2_500_000)
    (told,) = [one for one in examine(settings) if one.name == "exports"]
    assert told.found == "present, 2.5 MB in 1 file(s)"
