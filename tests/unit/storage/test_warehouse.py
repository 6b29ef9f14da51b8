"""A warehouse that another program has open is called that, by every verb."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ml.cli import app
from ml.errors import BusyError, MissingError, SettingsError
from ml.features.build import run_dbt
from ml.ingest.contract import CONTRACT
from ml.settings import Settings
from ml.storage.warehouse import open_memory, open_warehouse

HOLDING = (
    "import duckdb, sys; "
    "held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'reader'); "
    "print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held_by(path: Path, who: str) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, path, who],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield other.pid
        other.communicate(b"")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    duckdb.connect(str(settings.warehouse)).close()
    return settings


def test_who_writes_keeps_all_others_out_and_is_named(settings: Settings) -> None:
    with held_by(settings.warehouse, "writer") as process:
        for writes in (False, True):
            with (
                pytest.raises(BusyError, match=f"process {process}") as busy,
                open_warehouse(settings, writes=writes),
            ):
                pass
            assert str(settings.warehouse) in busy.value.problem
            assert busy.value.exit_code == 40


def test_readers_keep_writers_out_alone(settings: Settings) -> None:
    with held_by(settings.warehouse, "reader"):
        with open_warehouse(settings) as warehouse:
            assert warehouse.execute("select 1").fetchone() == (1,)
        with pytest.raises(BusyError), open_warehouse(settings, writes=True):
            pass


def test_dbt_finds_it_in_use_too(settings: Settings, tmp_path: Path) -> None:
    # A project of one model, since dbt reads all of a project first.
    one = tmp_path / "project"
    (one / "models").mkdir(parents=True)
    (one / "models" / "one.sql").write_text("select 1 as one")
    shutil.copy(settings.project_dir / "profiles.yml", one)
    own = "name: tipoff\nprofile: tipoff\ntarget-path: target\n"
    (one / "dbt_project.yml").write_text(own)
    settings = settings.model_copy(update={"project_dir": one})
    with held_by(settings.warehouse, "reader"), pytest.raises(BusyError):
        run_dbt(settings, "run")
    assert run_dbt(settings, "run") == 1


@pytest.mark.parametrize("verb", ["build", "doctor"])
def test_verbs_end_with_40(settings: Settings, verb: str) -> None:
    arguments = [verb, "--home", str(settings.home)]
    with held_by(settings.warehouse, "writer"):
        outcome = CliRunner().invoke(app, arguments)
    assert outcome.exit_code == 40


@pytest.mark.parametrize("verb", ["build", "predict"])
def test_one_that_an_older_version_filled_is_to_be_ingested_again(
    settings: Settings, verb: str
) -> None:
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema raw")
        for table in CONTRACT:
            names = [name for name in table.column_names if name != "is_neutral_site"]
            if table.name != "transactions":
                columns = ", ".join(f"{name} varchar" for name in names)
                warehouse.execute(f"create table raw.{table.name} ({columns})")
    outcome = CliRunner().invoke(app, [verb, "--home", str(settings.home)])
    assert outcome.exit_code == 10
    words = " ".join(outcome.output.split())
    assert "lacks raw.games.is_neutral_site, raw.transactions: " in words
    assert "`tipoff ingest SOURCE`" in words


def test_one_that_is_missing_or_none_is_called_that(settings: Settings) -> None:
    settings.warehouse.write_bytes(b"\x01" * 20_000)
    with pytest.raises(SettingsError, match="not a DuckDB"), open_warehouse(settings):
        pass
    settings.warehouse.unlink()
    with pytest.raises(MissingError, match="no warehouse"), open_warehouse(settings):
        pass


def test_what_is_counted_in_memory_obeys_the_setting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "a coach's", threads=1, memory_gb=0.5)
    wanted = ("memory_limit", "threads", "temp_directory", "TimeZone")
    asked = ", ".join(f"current_setting('{name}')" for name in wanted)
    with open_memory(settings) as memory:
        row = memory.execute(f"select {asked}").fetchone()
    assert row == ("238.4 MiB", 1, str(settings.home / "spill"), "UTC")


def test_wherever_duckdb_is_opened_its_memory_is_bounded() -> None:
    for path in (Path(__file__).parents[3] / "ml").rglob("*.py"):
        text = path.read_text("utf-8")
        assert text.count("duckdb.connect(") == text.count("set memory_limit"), path
