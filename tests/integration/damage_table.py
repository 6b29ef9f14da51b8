"""What each kind of damage does to the verbs: the table of docs/damage.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from ml.cli import app

SOURCE_VERBS = ("run", "nightly")
VERBS = (*SOURCE_VERBS, "predict", "price")
LAST_ROW = "rowid = (select max(rowid) from player_game_stats)"
BEGIN, END = "<!-- begin: made by the tests -->", "<!-- end -->"
# Holds a file open, as another program would, until its input ends.
_HOLDER = (
    "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); "
    "sys.stdin.read()"
)

Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Damage:
    """One kind of damage.

    Attributes
    ----------
    kind : str
        In words.
    spoil : callable
        Damages a copy of the source, or of the home.
    of_home : bool
        Whether it is the home that is damaged; else the source.
    """

    kind: str
    spoil: Spoil
    of_home: bool = False


@dataclass(frozen=True)
class Given:
    """What is damaged: a source, a home that has its rows, and one with features."""

    league: Path
    ingested: Path
    built: Path


def sql(*statements: str) -> Spoil:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as league, league:
            for statement in statements:
                league.execute(statement)

    return spoil


def to_log(path: Path) -> None:
    """Leave a source in WAL mode with rows that only its log has."""
    copy = Path(shutil.copy(path, path.with_name("other.sqlite")))
    with closing(sqlite3.connect(copy)) as league:
        league.execute("pragma journal_mode = wal")
        league.execute(
            f"update player_game_stats set plus_minus = plus_minus + 1 where {LAST_ROW}"
        )
        league.commit()
        shutil.copy(copy, path)
        shutil.copy(f"{copy}-wal", f"{path}-wal")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as other:
        other.execute("begin exclusive")
        yield


@contextmanager
def in_use(home: Path) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, home / "warehouse.duckdb"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate(b"")


def older(path: Path) -> None:
    of_it = "where game_date = (select max(game_date) from team_game_stats)"
    sql(
        f"update games set home_pts = null, away_pts = null {of_it}",
        f"delete from player_game_stats {of_it}",
        f"delete from team_game_stats {of_it}",
    )(path)


DAMAGES = (
    Damage("the source is missing", Path.unlink),
    Damage("it is a folder", lambda path: (path.unlink(), path.mkdir())),
    Damage("it is a pipe", lambda path: (path.unlink(), os.mkfifo(path))),
    Damage("it is empty", lambda path: path.write_bytes(b"")),
    Damage("it is a web page", lambda path: path.write_text("<html>404</html>" * 99)),
    Damage("it is cut short", lambda path: os.truncate(path, path.stat().st_size // 2)),
    Damage("another program writes to it", locked),
    Damage("it is in WAL mode, its last rows in its log", to_log),
    Damage("it is older than the home", older),
    Damage("a table is gone", sql("drop table games")),
    Damage("a column is gone", sql("alter table player_game_stats drop column min")),
    Damage("a required table is empty", sql("delete from games")),
    Damage("an optional table is gone", sql("drop table starters")),
    Damage("an optional table is empty", sql("delete from starters")),
    Damage(
        "every row of a required table is bad",
        sql("update player_game_stats set min = -1"),
    ),
    Damage(
        "a line of a player is bad",
        sql(f"update player_game_stats set pts = pts + 1 where {LAST_ROW}"),
    ),
    Damage(
        "a line of a player is there twice",
        sql(
            "insert into player_game_stats select * from player_game_stats "
            f"where {LAST_ROW}"
        ),
    ),
    Damage(
        "a line of a player was corrected",
        sql(
            f"update player_game_stats set plus_minus = plus_minus + 1 where {LAST_ROW}"
        ),
    ),
    Damage("a weight is 0", sql("update players set weight = 0 where rowid = 1")),
    Damage(
        "another league",
        sql(
            "update games set home_team_id = away_team_id, away_team_id = home_team_id"
        ),
    ),
    Damage("another program has the warehouse open", in_use, of_home=True),
    Damage(
        "the warehouse is no database",
        lambda home: (home / "warehouse.duckdb").write_bytes(b"\x01" * 20_000),
        of_home=True,
    ),
    Damage(
        "the warehouse is gone",
        lambda home: (home / "warehouse.duckdb").unlink(),
        of_home=True,
    ),
)


def table(given: Given, folder: Path) -> str:
    """Damage copies of a home and its source; return what came of it as Markdown."""
    lines = [
        "| damage | " + " | ".join(f"`{verb}`" for verb in VERBS) + " |",
        "|---" * (len(VERBS) + 1) + "|",
    ]
    for number, damage in enumerate(DAMAGES):
        cells = [
            _cell(damage, verb, given, folder / f"{number}-{verb}")
            if damage.of_home or verb in SOURCE_VERBS
            else "does not read it"
            for verb in VERBS
        ]
        lines.append(f"| {damage.kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(damage: Damage, verb: str, given: Given, place: Path) -> str:
    place.mkdir()
    home = given.ingested if verb in SOURCE_VERBS else given.built
    mine = Path(shutil.copytree(home, place / "home"))
    source = Path(shutil.copy(given.league, place / "league.sqlite"))
    damaged: Any = damage.spoil(mine if damage.of_home else source)
    before = (mine / "warehouse.duckdb").exists() and _rows(mine)
    arguments = {
        "run": ["run", str(source), "--no-train"],
        "nightly": ["nightly", str(source), "--as-of", "2024-01-15T22:00"],
        "predict": ["predict", "--no-box-scores"],
        "price": ["price", "--player", "101", "--stat", "pts", "--line", "20.5"],
    }[verb]
    with (
        damaged if hasattr(damaged, "__enter__") else nullcontext(),
        pytest.MonkeyPatch.context() as patch,
    ):
        if verb == "run":  # which ends with the verb of this name
            forecast = "ml.jobs.predict_team_matchups.predict_team_matchups"
            patch.setattr(forecast, lambda *_, **__: None)
        outcome = CliRunner().invoke(app, [*arguments, "--home", str(mine)])
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    if not outcome.exit_code:
        return f"**0** {_taken(mine)}"
    if before:
        assert _rows(mine) == before
    return f"**{outcome.exit_code}** {_problem(outcome.output, place)}"


def _rows(home: Path) -> list[tuple[Any, ...]]:
    """Count the stored rows of every table; none where that is no database."""
    try:
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as open_:
            names = open_.execute(
                "select table_name from duckdb_tables() where schema_name = 'raw' "
                "order by table_name"
            ).fetchall()
            return [
                (
                    name,
                    *(
                        open_.execute(f"select count(*) from raw.{name}").fetchone()
                        or ()
                    ),
                )
                for (name,) in names
            ]
    except duckdb.Error:
        return []


def _problem(output: str, place: Path) -> str:
    """Return the error's own words, without what differs from machine to machine."""
    told = output.partition("error:")[2].partition("remedy:")[0]
    words = (
        " ".join(told.split()).replace(f"{place}/home/", "").replace(f"{place}/", "")
    )
    words = re.sub(r"process \d+", "process …", words)
    words = re.sub(r"[\d,]+ of [\d,]+|\d{4}-\d\d-\d\d|\d+ (?=games)", "…", words)
    words = re.sub(r"\(python[\d.]*,", "(python,", words)
    words = words.partition("; found")[0].partition(": IO Error")[0]
    before, bad, _ = words.partition(" rows are bad")
    return (before + bad).replace("|", "\\|")[:200]


def _taken(home: Path) -> str:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        (text,) = warehouse.execute(
            "select summary from raw.ingests order by ingest_number desc limit 1"
        ).fetchone() or ("{}",)
    tables = json.loads(text).get("tables", [])
    found = [
        f"{n_rows} × {rule} of {each['name']} set aside"
        for each in tables
        for rule, n_rows in (each.get("quarantined") or {}).items()
    ]
    found += [
        f"{each['changed']} of {each['name']} corrected"
        for each in tables
        if each["changed"]
    ]
    return "; ".join(found) or "goes on"


def stand_in(patch: pytest.MonkeyPatch) -> None:
    """Let verbs end where the damage has had its say: no features, no models."""
    patch.setattr("ml.console.console.width", 1000)
    for name, value in {
        "ml.pipeline.steps.build_features": lambda *_, **__: 0,
        "ml.pipeline.steps.unseen_of_build": lambda *_, **__: (),
        "ml.features.feast.apply": lambda *_, **__: None,
        "ml.jobs.nightly._slate": lambda *_, **__: None,
        "ml.jobs.nightly._review": lambda *_, **__: ("healthy", None),
    }.items():
        patch.setattr(name, value)
