"""A source may not cost endless time, memory or disk, whatever it is made of."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from small_league import build_small_league

from ml.errors import SourceError
from ml.ingest.bounds import is_stored
from ml.ingest.run import ingest
from ml.ingest.source import fingerprint, open_source
from ml.settings import Settings

ENDLESS = "with recursive t(n) as (select 1 union all select n + 1 from t) "


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "league.sqlite"
    build_small_league(path)
    return path


@pytest.fixture
def league(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("ml.ingest.bounds._SECONDS", 1.0)
    return Path(shutil.copy(small, tmp_path / "league.sqlite"))


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def as_view(of: str) -> tuple[str, str]:
    return "alter table teams rename to teams_", f"create view teams as {of}"


VIEWS = {
    "never gives a row": f"{ENDLESS} select teams_.* from teams_, "
    "(select count(*) as n from t)",
    "gives rows for ever": f"{ENDLESS} select teams_.* from teams_, t",
    "sorts without end": f"{ENDLESS} select teams_.* from teams_, t order by -n",
    "multiplies itself": "select a.* from teams_ as a, teams_ as b, teams_ as c, "
    "teams_ as d, teams_ as e, teams_ as f, teams_ as g, teams_ as h, teams_ as i",
    "fills the memory": "select team_id, team_name, "
    "hex(zeroblob(900000000)) as team_abbreviation from teams_",
    "has a long cell": "select team_id, hex(zeroblob(9000)) as team_abbreviation, "
    "team_name from teams_",
}


@pytest.mark.parametrize("kind", VIEWS)
def test_a_view_that_never_ends_is_refused_in_time(
    league: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.ingest.bounds.MOST_ROWS", 200_000)
    monkeypatch.setattr("ml.ingest.bounds._HEAP_BYTES", 1 << 27)
    spoil(league, *as_view(VIEWS[kind]))
    settings = Settings(home=tmp_path / "home")
    began = time.monotonic()
    with pytest.raises(SourceError) as refusal:
        ingest(league, settings)
    assert time.monotonic() - began < 120
    assert refusal.value.remedy
    assert not settings.warehouse.exists()


def test_a_column_that_is_computed_is_read_within_the_limits(
    league: Path, tmp_path: Path
) -> None:
    spoil(
        league,
        "alter table teams rename to teams_",
        "create table teams (team_id integer, team_name text, team_abbreviation text "
        "generated always as (hex(zeroblob(9000 + team_id * 0))) virtual)",
        "insert into teams (team_id, team_name) select team_id, team_name from teams_",
    )
    assert not is_stored(league, "teams")
    with pytest.raises(SourceError, match="teams has a cell"):
        ingest(league, Settings(home=tmp_path / "home"))


def test_a_long_cell_is_refused_where_it_is_stored(
    league: Path, tmp_path: Path
) -> None:
    spoil(league, "update teams set team_name = hex(zeroblob(9000)) where rowid = 1")
    assert is_stored(league, "teams")
    with pytest.raises(SourceError, match="teams has a cell"):
        ingest(league, Settings(home=tmp_path / "home"))


def test_a_view_over_what_is_not_there_disturbs_nobody(
    league: Path, tmp_path: Path
) -> None:
    spoil(
        league,
        "create view odd as select * from nowhere",
        "create view one as select * from two",
        "create view two as select * from one",
        f"create view endless as {ENDLESS} select n from t",
    )
    assert ingest(league, Settings(home=tmp_path / "home")).tables


def test_what_sqlite_would_wait_for_beside_a_source_is_refused(league: Path) -> None:
    for ending in ("-wal", "-journal", "-shm"):
        pipe = league.with_name(league.name + ending)
        os.mkfifo(pipe)
        for look in (open_source, fingerprint):
            with pytest.raises(SourceError, match="no regular file"):
                look(league)
        pipe.unlink()
