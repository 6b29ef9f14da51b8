"""A source is read wherever it lies, or its error says what it is and what to do."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ml.errors import ContractError, SourceError
from ml.ingest.contract import table
from ml.ingest.mapping import find_mapping
from ml.ingest.source import check_file, fingerprint, open_source, reading
from ml.ingest.structure import match_structure

NOBODY = 65534


@contextmanager
def without_rights() -> Iterator[None]:
    """Give up root's right to write everywhere."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that others reach, and may be forbidden to write to."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def write_protect(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)


def make(path: Path, *, n_rows: int = 1) -> Path:
    with closing(sqlite3.connect(path)) as league, league:
        league.execute("create table teams (team_id integer)")
        league.executemany(
            "insert into teams values (?)", [(i,) for i in range(n_rows)]
        )
    return path


def switched_to_log(folder: Path, *, clean: bool) -> Path:
    """Make a database in WAL mode with a row that, unless clean, only the log has."""
    path = make(folder / "open.sqlite")
    league = sqlite3.connect(path)
    league.execute("pragma journal_mode = wal")
    league.execute("insert into teams values (7)")
    league.commit()
    if clean:
        league.close()
    copy = Path(shutil.copy(path, folder / "league.sqlite"))
    if not clean:
        shutil.copy(f"{path}-wal", f"{copy}-wal")
        league.close()
    path.unlink()
    return copy


@pytest.mark.parametrize("clean", [True, False], ids=["at rest", "with its log"])
def test_a_database_in_wal_mode_is_read_in_a_folder_that_is_read_only(
    folder: Path, clean: bool
) -> None:
    path = switched_to_log(folder, clean=clean)
    write_protect(folder)
    beside = sorted(folder.iterdir())
    with without_rights():
        # The reason for all this: where SQLite opens it, nothing is proved.
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as direct,
            pytest.raises(sqlite3.OperationalError),
        ):
            direct.execute("select * from teams")
        source = open_source(path)
        place = source.place
        with reading(path) as league:
            rows = league.execute("select team_id from teams").fetchall()
        assert rows == [(0,), (7,)]
        assert source.tables == {"teams": ("team_id",)}
        assert source.fingerprint == fingerprint(path)
        assert place != path
        del source
    assert not place.parent.exists()
    assert sorted(folder.iterdir()) == beside


def test_an_ordinary_database_is_read_where_it_lies(folder: Path) -> None:
    path = make(folder / "league.sqlite")
    write_protect(folder)
    with without_rights():
        assert open_source(path).place == path


def test_a_log_that_makes_up_for_a_short_file_is_no_truncation(folder: Path) -> None:
    path = make(folder / "league.sqlite", n_rows=5000)
    os.truncate(path, path.stat().st_size - 4096)
    with pytest.raises(SourceError, match="truncated"):
        check_file(path)
    path.with_name("league.sqlite-wal").write_bytes(b"the pages it lacks")
    check_file(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_gzip(path: Path) -> None:
    path.write_bytes(b"\x1f\x8b\x08" + bytes(200))


def forbidden(path: Path) -> None:
    make(path)
    path.chmod(0)


def in_a_forbidden_folder(path: Path) -> None:
    path.parent.chmod(0)


OTHER_THINGS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "nothing": (lambda path: None, "does not exist", "give the path"),
    "a folder": (a_folder, "is a folder", "in it"),
    "a pipe": (os.mkfifo, "is a pipe or a device, not a file", "write"),
    "an empty file": (Path.touch, "it is empty", "give the path"),
    "a packed file": (a_gzip, "it is packed with gzip; unpack it", "give the path"),
    "of somebody else": (forbidden, "cannot be read: Permission denied", "permissions"),
    "behind a closed door": (
        in_a_forbidden_folder,
        "cannot be read: Permission denied",
        "permissions",
    ),
}


@pytest.mark.parametrize("kind", OTHER_THINGS)
def test_what_is_no_readable_database_is_called_by_its_name(
    folder: Path, kind: str
) -> None:
    making, words, remedy = OTHER_THINGS[kind]
    path = folder / "league.sqlite"
    making(path)
    with without_rights(), pytest.raises(SourceError) as raised:
        open_source(path)
    assert words in raised.value.problem
    assert "damaged" not in raised.value.problem
    assert remedy in raised.value.remedy


def test_an_error_that_quotes_what_is_no_text_is_told(folder: Path) -> None:
    path = folder / "league.sqlite"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table games (game_id text)")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"CREATE TABLE", b"CR\xecATE TABLE"))
    with pytest.raises(SourceError, match=r"league\.sqlite"):
        open_source(path)


def test_a_device_is_not_read_to_its_end() -> None:
    with pytest.raises(SourceError, match="a pipe or a device"):
        check_file(Path("/dev/zero"))


def test_a_hot_journal_is_half_written_in_whatever_folder(folder: Path) -> None:
    path = make(folder / "league.sqlite", n_rows=20_000)
    writer = (
        "import os, sqlite3, sys; league = sqlite3.connect(sys.argv[1]); "
        "league.execute('pragma cache_size = 1'); league.execute('begin'); "
        "league.execute('update teams set team_id = team_id + 1'); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", writer, path], check=False)
    assert path.with_name("league.sqlite-journal").stat().st_size > 0
    for protect in (lambda _: None, write_protect):
        protect(folder)
        with without_rights(), pytest.raises(SourceError, match="half-written"):
            open_source(path)


def test_many_missing_columns_are_one_line_and_missing_tables_come_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "wide.sqlite"
    columns = ", ".join(f"{name}_home" for name in "abcdefghijklmnop")
    make = [
        f"create table team_game_stats (game_id, {columns})",
        "create table teams (team_id, team_abbreviation, team)",
        "create table schedule (game_id)",
    ]
    with closing(sqlite3.connect(path)) as connection:
        for statement in make:
            connection.execute(statement)
        connection.commit()
    with pytest.raises(ContractError) as raised:
        match_structure(open_source(path), find_mapping(""))
    lines = raised.value.problem.splitlines()[1:]
    assert [line.split(" is missing")[0].strip() for line in lines[:3]] == [
        *("table players", "table games", "table player_game_stats"),
    ]
    assert lines[3].strip() == (
        "table teams: column team_name is missing; "
        "found team_id, team, team_abbreviation"
    )
    assert lines[1].strip() == "table games is missing; found schedule"
    (lots,) = lines[4:]
    assert lots.count("found") == 1
    assert lots.endswith("k_home and 5 more")


@pytest.mark.parametrize("name", ["known_at", "observed_at_utc"])
def test_a_fetched_move_says_when_it_was_seen(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fetched.sqlite"
    columns = "transaction_date, transaction_type, player_id, to_team_id"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"create table transactions ({columns}, {name})")
        connection.commit()
    (found,) = match_structure(
        open_source(path), find_mapping(""), [table("transactions")]
    )
    place = found.table.column_names.index("observed_at_utc")
    assert found.source_columns[place] == name
