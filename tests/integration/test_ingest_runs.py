"""Ingest after ingest: repeats, corrections, results, losses, and sudden death."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console
from small_league import build_small_league, player_id, reported_name

from ml.errors import SourceError
from ml.ingest.contract import CONTRACT
from ml.ingest.room import room_for
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary
from ml.settings import Settings
from ml.storage.exchange import finish_exchange, incoming

FIRST_BOX = "update player_game_stats set ast = ast + 1 where rowid = 1"
RESULT = "update games set home_pts = 101, away_pts = 90, periods = 4 where rowid = 61"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_small_league(tmp_path_factory.mktemp("source") / "league.sqlite")


@pytest.fixture(scope="module")
def first(source: Path) -> tuple[Path, IngestSummary]:
    home = source.parent / "home"
    return home, ingest(source, settings_of(home))


@pytest.fixture
def home(first: tuple[Path, IngestSummary], tmp_path: Path) -> Path:
    return Path(shutil.copytree(first[0], tmp_path / "home"))


def settings_of(home: Path) -> Settings:
    return Settings(home=home, threads=2)


def altered(source: Path, folder: Path, *statements: str) -> Path:
    path = Path(shutil.copy(source, folder / "league.sqlite"))
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def content(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: query(home, f"from raw.{table}")
        for table in [*(table.name for table in CONTRACT), "quarantine"]
    }


def counts(summary: IngestSummary, name: str) -> dict[str, int]:
    found = next(table for table in summary.tables if table.name == name)
    kinds = ("new", "changed", "finished", "unchanged", "disappeared")
    return {kind: getattr(found, kind) for kind in kinds if getattr(found, kind)}


def test_everything_is_stored_in_the_order_of_its_key(first) -> None:
    home, summary = first
    for table in CONTRACT:
        rows = query(home, f"select {', '.join(table.key)} from raw.{table.name}")
        assert rows == query(
            home,
            f"select {', '.join(table.key)} from raw.{table.name} "
            f"order by {', '.join(table.key)}",
        )
        assert counts(summary, table.name) == {"new": len(rows)}
    assert query(home, "select count(*) from raw.games where known_at is not null") == [
        (0,)
    ]


def test_the_default_moment_is_three_hours_after_the_newest_tipoff(first) -> None:
    # 2023-12-09 19:10 in New York is 00:10 of the next day in UTC; three hours later:
    assert first[1].as_of == datetime(2023, 12, 10, 3, 10)


def test_extra_tables_are_left_out(first) -> None:
    names = query(first[0], "select table_name from duckdb_tables()")
    assert ("truth_skill",) not in names


def test_reports_carry_the_ids_of_team_player_and_game(first) -> None:
    home, summary = first
    assert summary.unresolved == ()
    rows = query(
        home,
        "select reports.player, reports.team_id, reports.player_id, reports.game_date, "
        "games.game_date, reports.team_id in (games.home_team_id, games.away_team_id) "
        "from raw.injury_reports as reports "
        "left join raw.games as games on games.game_id = reports.game_id",
    )
    assert len(rows) == 120
    for name, team_id, found, reported_date, game_date, is_side in rows:
        expected = {
            reported_name(team_id, number): player_id(team_id, number)
            for number in range(8)
        }
        assert found == (None if name is None else expected[name])
        assert (game_date, is_side) == (reported_date, True)


def test_the_same_source_again_changes_not_a_byte(source: Path, home: Path) -> None:
    before = (home / "warehouse.duckdb").read_bytes()
    summary = ingest(source, settings_of(home))
    assert summary.is_repeat
    assert summary.line == "league.sqlite: no change since the last ingest"
    assert not summary.has_changes
    assert (home / "warehouse.duckdb").read_bytes() == before


def test_the_same_rows_in_another_file_change_only_the_ledger(
    source: Path, home: Path, tmp_path: Path
) -> None:
    before = content(home)
    summary = ingest(
        altered(source, tmp_path, "drop table truth_skill"), settings_of(home)
    )
    assert not summary.has_changes
    assert content(home) == before
    assert query(home, "select ingest_number from raw.ingests") == [(1,), (2,)]


def test_a_correction_keeps_both_versions(
    source: Path, home: Path, tmp_path: Path
) -> None:
    moment = datetime(2023, 12, 11, 12)
    summary = ingest(
        altered(source, tmp_path, FIRST_BOX), settings_of(home), as_of=moment
    )
    assert counts(summary, "player_game_stats") == {"changed": 1, "unchanged": 959}
    assert summary.has_changes
    (old, new) = query(
        home,
        "select ast, known_at, superseded_at from raw.player_game_stats "
        "where (game_id, player_id) in (select (game_id, player_id) "
        "from raw.player_game_stats where superseded_at is not null) order by ast",
    )
    assert old[1:] == (None, moment)
    assert new == (old[0] + 1, moment, None)


def test_a_result_is_no_correction_of_the_schedule(
    source: Path, home: Path, tmp_path: Path
) -> None:
    summary = ingest(altered(source, tmp_path, RESULT), settings_of(home))
    assert counts(summary, "games") == {"finished": 1, "unchanged": 61}
    assert summary.line == "league.sqlite: 2,432 rows, 1 finished"
    rows = query(home, "from raw.games where game_id = '0022300061'")
    assert [(row[7], row[8], row[9], *row[-2:]) for row in rows] == [
        (101, 90, 4, None, None)
    ]


def test_a_moved_game_is_a_correction(source: Path, home: Path, tmp_path: Path) -> None:
    moving = (
        "update games set game_date = '2023-12-20', tipoff_et = '2023-12-20 19:30:00' "
        "where rowid = 61"
    )
    summary = ingest(altered(source, tmp_path, moving), settings_of(home))
    assert counts(summary, "games") == {"changed": 1, "unchanged": 61}
    rows = query(home, "select game_date from raw.games where game_id = '0022300061'")
    assert len(rows) == 2


def test_a_row_that_disappeared_is_reported_and_kept(
    source: Path, home: Path, tmp_path: Path
) -> None:
    before = content(home)
    losing = "delete from player_game_stats where rowid <= 3"
    summary = ingest(
        altered(source, tmp_path, losing, "drop table closing_lines"), settings_of(home)
    )
    assert counts(summary, "player_game_stats") == {
        "unchanged": 957,
        "disappeared": 3,
    }
    assert counts(summary, "closing_lines") == {"disappeared": 60}
    assert content(home) == before


def test_a_bad_row_put_right_leaves_the_quarantine(
    source: Path, home: Path, tmp_path: Path
) -> None:
    before = content(home)
    spoiling = "update player_game_stats set pts = pts + 1 where rowid = 1"
    ingest(altered(source, tmp_path, spoiling), settings_of(home))
    assert query(home, "select rule, rules from raw.quarantine") == [
        ("points_do_not_add_up", ["points_do_not_add_up"])
    ]
    ingest(source, settings_of(home))
    assert content(home) == before


def test_other_names_are_mapped(source: Path, home: Path, tmp_path: Path) -> None:
    path = altered(
        source,
        tmp_path,
        "alter table games rename to schedule",
        "alter table schedule rename column home_pts to pts_home",
    )
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        "tables: {games: schedule}\ncolumns: {games: {home_pts: pts_home}}"
    )
    before = content(home)
    summary = ingest(path, settings_of(home), mapping=mapping)
    assert not summary.has_changes
    assert content(home) == before


def test_the_summary_is_plain_data_and_a_table(first) -> None:
    _, summary = first
    plain = json.loads(json.dumps(summary.as_dict()))
    assert plain["tables"][3]["new"] == 120
    assert summary.line == "league.sqlite: 2,432 rows, 2,432 new"
    console = Console(width=120, record=True, file=sys.stderr)
    console.print(summary.render())
    words = console.export_text()
    assert "player_game_stats" in words
    assert "960" in words
    assert "100.00% of 120 rows resolved" in words


KILLED = """
import os, signal, sys
from pathlib import Path
import ml.ingest.checks, ml.ingest.run as run
from ml.settings import Settings

ml.ingest.checks.note_range_faults = lambda connection: None
name, source, home = sys.argv[1:]
setattr(run, name, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))
run.ingest(Path(source), Settings(home=Path(home), threads=2))
"""


@pytest.mark.parametrize(
    ("step", "is_first"), [("write_ingest_log", True), ("write_quarantine", False)]
)
def test_a_killed_ingest_leaves_what_was_there(
    source: Path, first, tmp_path: Path, step: str, is_first: bool
) -> None:
    home = tmp_path / "home"
    path = altered(source, tmp_path, FIRST_BOX, RESULT)
    moment = datetime(2023, 12, 11) + timedelta(hours=1)
    undisturbed = tmp_path / "undisturbed"
    if not is_first:
        shutil.copytree(first[0], home)
        shutil.copytree(first[0], undisturbed)
        before = content(home)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, step, str(path), str(home)], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    if not is_first:
        assert content(home) == before
    for each in (home, undisturbed):
        ingest(path, settings_of(each), as_of=moment)
    assert content(home) == content(undisturbed)


FAULT = """
import os, resource, signal, sys, time
from ml.ingest import run

place, fault = sys.argv.pop(1), sys.argv.pop(1)
honest = getattr(run, place)

def disturb(*args, **kwargs):
    if fault == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    else:
        os.kill(os.getpid(), getattr(signal, fault))
    return honest(*args, **kwargs)

setattr(run, place, disturb)
from ml.cli import app
app()
"""


@pytest.mark.parametrize(
    "case",
    [
        ("SIGTERM", "type_tables", 143, False),
        ("SIGTERM", "write_ingest_log", 143, True),
        ("SIGINT", "write_ingest_log", 130, False),
        ("full", "type_tables", 42, True),
        ("full", "write_ingest_log", 42, False),
    ],
)
def test_an_ingest_that_is_stopped_or_finds_no_room_leaves_what_was(
    home: Path, source: Path, tmp_path: Path, case: tuple[str, str, int, bool]
) -> None:
    """While it reads and within the transaction, as its user meets it."""
    fault, place, code, is_new = case
    before = content(home)
    every_box = "update player_game_stats set ast = ast + 1"
    other = altered(source, tmp_path, every_box)
    into = tmp_path / "new" if is_new else home
    verb = ("ingest", str(other), "--home", str(into))
    ended = subprocess.run(
        [sys.executable, "-c", FAULT, place, fault, *verb],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert content(home) == before
    assert (into / "warehouse.duckdb").exists() != is_new
    left = {path.name for path in into.iterdir()}
    # The log of a write that failed is taken back by whoever opens it next.
    names = {"warehouse.duckdb", "warehouse.duckdb.wal"}
    assert left <= {".lock", "features", "spill", *names}
    assert not ingest(other, settings_of(into)).is_repeat


@pytest.fixture
def simulated(source: Path, tmp_path: Path) -> Settings:
    """A home of the simulated league, with something that was made of it."""
    settings = settings_of(tmp_path / "home")
    settings.exports_dir.mkdir(parents=True)
    (settings.exports_dir / "page.html").write_text("its games")
    shutil.copy(source, settings.simulated_league)
    ingest(settings.simulated_league, settings)
    return settings


def leagues(home: Path) -> list[tuple[Any, ...]]:
    return query(home, "select distinct source from raw.ingests")


@pytest.mark.parametrize("is_half_moved", [False, True])
def test_the_simulated_league_makes_room_for_another(
    simulated: Settings, source: Path, is_half_moved: bool
) -> None:
    before = content(simulated.home)
    aside = simulated.home / "simulated"
    if is_half_moved:
        aside.mkdir()
        simulated.exports_dir.rename(aside / "exports")
    with room_for(simulated, source) as room:
        assert content(simulated.home) == before
        ingest(source, room)
    assert content(aside) == before
    assert (aside / "exports" / "page.html").exists()
    assert (aside / "simulated_league.sqlite").exists()
    assert not simulated.exports_dir.exists()
    assert leagues(simulated.home) == [(source.name,)]
    with room_for(simulated, source) as room:
        assert room is simulated


def test_a_second_simulated_league_takes_the_place_of_no_first(
    simulated: Settings, source: Path
) -> None:
    before = content(simulated.home)
    earlier = simulated.home / "simulated"
    earlier.mkdir()
    shutil.copy(simulated.warehouse, earlier)
    with room_for(simulated, source) as room:
        ingest(source, room)
    assert content(earlier) == content(simulated.home / "simulated-2") == before


def test_a_source_that_is_refused_takes_no_room(
    simulated: Settings, tmp_path: Path
) -> None:
    before = content(simulated.home)
    absent = tmp_path / "absent.sqlite"
    with pytest.raises(SourceError), room_for(simulated, absent) as room:
        ingest(absent, room)
    assert content(simulated.home) == before
    assert (simulated.exports_dir / "page.html").exists()
    assert not (simulated.home / "simulated").exists()


MOVES = [*(f"move {number}" for number in range(1, 5)), "rmtree"]


@pytest.mark.parametrize("moment", MOVES)
def test_an_exchange_that_is_killed_is_finished_by_the_next_command(
    simulated: Settings, source: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Killed in front of each move: the next command has all of both leagues."""
    before = content(simulated.home)
    honest, moves = Path.replace, []

    def kill(*_: object, **__: object) -> None:
        raise Killed

    def replace(path: Path, target: Path) -> Path:
        if not path.name.startswith(".exchange"):
            moves.append(path)
            if moment == f"move {len(moves)}":
                raise Killed
        return honest(path, target)

    with (
        pytest.raises(Killed),
        monkeypatch.context() as patch,
        room_for(simulated, source) as room,
    ):
        ingest(source, room)
        patch.setattr(Path, "replace", replace)
        if moment == "rmtree":
            patch.setattr(shutil, "rmtree", kill)
    finish_exchange(simulated.home)
    finish_exchange(simulated.home)
    aside = simulated.home / "simulated"
    assert content(aside) == before
    assert (aside / "exports" / "page.html").exists()
    assert (aside / "simulated_league.sqlite").exists()
    assert not simulated.exports_dir.exists()
    assert not incoming(simulated.home).exists()
    assert leagues(simulated.home) == [(source.name,)]


class Killed(BaseException):
    """As `kill -9`, but for what is cleaned up, which a kill does not do."""


@pytest.mark.parametrize("is_new", [True, False])
def test_a_disk_that_fills_while_a_league_is_stored_leaves_what_was(
    simulated: Settings,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_new: bool,
) -> None:
    """DuckDB fails as on a full disk when the rows are committed."""

    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Could not write: No space left on device")

    before = content(simulated.home)
    home = simulated if not is_new else settings_of(tmp_path / "new")
    with monkeypatch.context() as patch:
        patch.setattr("ml.ingest.run.write_ingest_log", full)
        with pytest.raises(duckdb.IOException), room_for(home, source) as room:
            ingest(source, room)
    assert content(simulated.home) == before
    left = {path.name for path in home.home.iterdir()} if home.home.exists() else set()
    assert not left & {".incoming", ".new", "simulated"}
    assert home.warehouse.exists() != is_new


def test_the_simulated_league_needs_no_room(simulated: Settings) -> None:
    with room_for(simulated, simulated.simulated_league) as room:
        assert room is simulated
    assert simulated.warehouse.exists()
