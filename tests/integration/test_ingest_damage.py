"""Every kind of damage gets a clear error or the quarantine, and harms nothing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_league import build_small_league

from ml.errors import (
    BusyError,
    ContractError,
    GateError,
    SettingsError,
    SourceError,
    TipoffError,
)
from ml.ingest.contract import CONTRACT
from ml.ingest.quarantine import left_out_notes
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary
from ml.settings import Settings

LEDGERS = ("ingests", "quarantine")
SPOIL_FIRST_BOX = "update player_game_stats set ast = ast + 1 where rowid = 1"


@dataclass(frozen=True)
class Damage:
    """A statement that spoils rows, and what the ingest calls it."""

    kind: str
    statement: str
    table: str
    rule: str
    n_rows: int = 1


# By table: what is wrong, how the row is spoiled, and the rule that says so. The
# first damage of a table goes to its first row, and so on.
UPDATES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "player_game_stats": (
        ("text in a number", "pts = 'abc'", "unreadable_value"),
        ("a fraction of a point", "pts = 10.5", "unreadable_value"),
        ("a number without end", "ast = 9223372036854775807", "unreadable_value"),
        ("a missing value", "ast = null", "missing_value"),
        ("1e9 fouls", "pf = 1000000000", "more_than_one_a_second"),
        ("ahead by 300", "plus_minus = 300", "impossible_plus_minus"),
        ("a negative count", "stl = -1", "out_of_range"),
        ("neither won nor lost", "wl = 'T'", "not_in_set"),
        ("a game id of letters", "game_id = '2230000x'", "malformed_text"),
        ("a NUL in a name", "player_name = 'Lu' || char(0) || 'ka'", "broken_text"),
        ("an orphan game", "game_id = '0099999999'", "unknown_game"),
        (
            "made above attempted",
            "ftm = fta + 1, pts = pts - ftm + fta + 1",
            "made_exceeds_attempted",
        ),
        (
            "threes above field goals",
            "fg3m = fgm + 1, fg3a = fga, pts = 3 * fgm + 1 + ftm",
            "threes_exceed_field_goals",
        ),
        ("points that do not add up", "pts = pts + 1", "points_do_not_add_up"),
        ("rebounds that do not add up", "reb = reb + 1", "rebounds_do_not_add_up"),
        ("50 minutes without overtime", "min = 50", "too_many_minutes"),
        (
            "a third team in a game",
            "team_id = 1610612752, opponent_team_id = 1610612747",
            "not_a_team_of_the_game",
        ),
        (
            "another season than its game",
            "season = '2022-23'",
            "disagrees_with_game",
        ),
        ("a box before the game", "game_id = '0022300061'", "game_not_played"),
    ),
    "team_game_stats": (
        ("an orphan team", "team_id = 5", "unknown_team"),
        ("a score of another", "opponent_pts = 1", "score_is_not_the_games"),
        ("a team's 260 minutes", "min = 260", "too_many_minutes"),
        ("a team's 48 minutes", "min = 48", "too_few_minutes"),
    ),
    "games": (
        (
            "a date outside its season",
            "game_date = '2031-01-01', tipoff_et = '2031-01-01 19:00:00'",
            "date_outside_season",
        ),
        ("a date that is none", "game_date = '2023-11-31'", "unreadable_value"),
        ("a clock in a date", "game_date = game_date || ' 20:00'", "unreadable_value"),
        ("a season of three years", "season = '2023-26'", "season_is_not_one"),
        ("half a result", "away_pts = null", "half_a_result"),
        ("an unknown guest", "away_team_id = 5", "unknown_team"),
        ("one team", "away_team_id = home_team_id", "team_against_itself"),
        (
            "a game of 2098",
            "season = '2098-99', game_date = '2098-11-01', tipoff_et = null",
            "season_apart",
        ),
        (
            "a tip-off on another day",
            "tipoff_et = '2023-12-24 19:00:00'",
            "tipoff_on_another_date",
        ),
    ),
    "starters": (
        ("a starter of another season", "season = '2022-23'", "disagrees_with_game"),
    ),
    "transactions": (
        ("a move to no team of the league", "to_team_id = 5", "unknown_team"),
        ("a move from nowhere to nowhere", "to_team_id = null", "move_without_team"),
        (
            "a waiver to a team",
            "transaction_type = 'waive'",
            "waived_to_a_team",
        ),
        ("a move told on no day", "known_date = 'soon'", "unreadable_value"),
    ),
    "impact_lineup_stints": (
        ("an orphan on court", "away_p3 = 99999", "unknown_player"),
        ("nine on court", "away_p3 = away_p2", "player_twice_on_court"),
        ("negative points", "home_pts = -3", "out_of_range"),
        ("120 points of 25 possessions", "home_pts = 120", "impossible_points"),
        ("a fifth period", "period = 5", "stint_outside_game"),
        ("seconds amiss", "seconds = 700", "seconds_do_not_add_up"),
    ),
    "injury_reports": (
        ("a report of no team", "team = 'Non-NBA Team'", "unknown_team"),
        (
            "a report a year late",
            "report_at_et = '2024-11-01 13:30:00'",
            "report_on_another_date",
        ),
        (
            "a player without a status",
            "player = 'A, B', status = null",
            "status_without_player",
        ),
    ),
    "player_seasons": (
        ("a player of no season", "season = null", "missing_value"),
        ("a season of one digit", "season = '3'", "malformed_text"),
    ),
    "players": (("a player without an id", "player_id = null", "missing_value"),),
}

DAMAGES = [
    Damage(kind, f"update {table} set {change} where rowid = {row}", table, rule)
    for table, changes in UPDATES.items()
    for row, (kind, change, rule) in enumerate(changes, start=1)
] + [
    Damage(
        "a row twice",
        "insert into player_game_stats "
        "select * from player_game_stats where rowid = 100",
        "player_game_stats",
        "duplicate_row",
    ),
    Damage(
        "two prices at one moment",
        "insert into player_prop_lines select season, game_date, player_name, "
        "bookmaker, market, line + 1, over_price, under_price, observed_at_utc "
        "from player_prop_lines where rowid = 100",
        "player_prop_lines",
        "duplicate_key",
        n_rows=2,
    ),
    Damage(
        "an eleventh starter",
        "insert into starters select game_id, season, min(player_id) + 7 "
        "from starters where rowid between 11 and 20",
        "starters",
        "too_many_starters",
        n_rows=11,
    ),
]


@dataclass(frozen=True)
class Base:
    """An untouched league and the home it was ingested into."""

    source: Path
    home: Path
    summary: IngestSummary


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base")
    source = build_small_league(folder / "league.sqlite")
    return Base(source, folder / "home", ingest(source, settings_of(folder / "home")))


@pytest.fixture
def home(base: Base, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base.home, tmp_path / "home"))


def settings_of(home: Path, **changes: Any) -> Settings:
    return Settings(home=home, threads=2, **changes)


def content(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() "
            "where schema_name = 'raw' order by table_name"
        ).fetchall()
        return {
            name: connection.execute(f"from raw.{name}").fetchall() for (name,) in names
        }


def damaged(base: Base, folder: Path, *statements: str) -> Path:
    path = Path(shutil.copy(base.source, folder / "league.sqlite"))
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@dataclass(frozen=True)
class Outcome:
    """A home before and after the ingest of a source with every bad row at once."""

    before: dict[str, list[tuple[Any, ...]]]
    after: dict[str, list[tuple[Any, ...]]]
    summary: IngestSummary


@pytest.fixture(scope="module")
def outcome(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("rows")
    home = Path(shutil.copytree(base.home, folder / "home"))
    source = damaged(base, folder, *(damage.statement for damage in DAMAGES))
    before = content(home)
    # Nearly every kind of damage at once is more than any table would bear.
    settings = settings_of(home, max_bad_share=0.5)
    summary = ingest(source, settings, as_of=base.summary.as_of)
    return Outcome(before, content(home), summary)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_a_bad_row_is_put_aside_with_its_rule(outcome: Outcome, damage: Damage) -> None:
    expected = sum(
        each.n_rows
        for each in DAMAGES
        if (each.table, each.rule) == (damage.table, damage.rule)
    )
    tables = {table.name: table for table in outcome.summary.tables}
    assert (tables[damage.table].quarantined or {}).get(damage.rule) == expected
    rows = [
        row
        for row in outcome.after["quarantine"]
        if (row[0], row[1]) == (damage.table, damage.rule)
    ]
    assert len(rows) == expected


def test_no_other_row_is_put_aside(outcome: Outcome) -> None:
    found = sum(table.n_quarantined for table in outcome.summary.tables)
    assert found == sum(damage.n_rows for damage in DAMAGES)


def test_bad_rows_leave_the_stored_ones_as_they_were(outcome: Outcome) -> None:
    for name, rows in outcome.before.items():
        if name not in LEDGERS:
            assert outcome.after[name] == rows, name


def test_found_is_stored_and_put_aside(outcome: Outcome) -> None:
    for table in outcome.summary.tables:
        stored = table.new + table.changed + table.finished + table.unchanged
        assert table.found == stored + table.n_quarantined + table.n_ignored


def test_the_quarantine_holds_key_values_and_source(outcome: Outcome) -> None:
    row = next(row for row in outcome.after["quarantine"] if '"abc"' in row[4])
    assert row[0] == "player_game_stats"
    assert row[3] == '{"game_id":"0022300001","player_id":"5200"}'
    assert row[5] == "league.sqlite"


# By table: what is wrong with an optional fact, how, and the column that becomes null.
FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("no weight", "players", "weight = 0", "weight"),
    ("a height of none", "players", "height = 'tall'", "height"),
    ("born tomorrow", "players", "birthdate = '2024-01-01'", "birthdate"),
    ("no birthdate", "players", "birthdate = 'unknown'", "birthdate"),
    ("another position", "player_seasons", "position = 'coach'", "position"),
    ("a negative age", "player_seasons", "age = -2", "age"),
    ("NaN", "closing_lines", "total = 'NaN'", "total"),
    ("infinity", "closing_lines", "total = 9e999", "total"),
    ("a margin of text", "player_game_stats", "plus_minus = 'x'", "plus_minus"),
    ("odds of 50", "closing_lines", "moneyline_home = 50", "moneyline_home"),
    ("a decimal price", "player_prop_lines", "over_price = 1.9", "over_price"),
)


def test_a_bad_optional_fact_becomes_null_and_removes_nothing(
    base: Base, tmp_path: Path
) -> None:
    statements = [
        f"update {table} set {change} where rowid = {place}"
        for place, (_, table, change, _) in enumerate(FACTS, start=1)
    ]
    source = damaged(base, tmp_path, *statements)
    summary = ingest(source, settings_of(tmp_path / "new"), as_of=base.summary.as_of)
    assert all(table.n_quarantined == 0 for table in summary.tables)
    counted = sum(remark.n_rows for remark in summary.remarks)
    # NaN is how programs write that there is nothing.
    assert counted == len(FACTS) - 1
    for kind, table, _, column in FACTS:
        assert kind == "NaN" or any(
            (remark.table, remark.column) == (table, column)
            for remark in summary.remarks
        )
    found = content(tmp_path / "new")
    before = content(base.home)
    for contract in CONTRACT:
        nulls = [fact for fact in FACTS if fact[1] == contract.name]
        rows, old = found[contract.name], before[contract.name]
        differing = sum(
            new != value
            for pair in zip(rows, old, strict=True)
            for new, value in zip(*pair, strict=True)
        )
        assert differing == len(nulls), contract.name


@pytest.mark.parametrize("spoiling", ["'no such value'", "x'00ff'", "-1e300", "''"])
def test_no_value_in_any_column_stops_the_ingest(
    base: Base, tmp_path: Path, spoiling: str
) -> None:
    optional = ("status text", "is_neutral_site integer")
    statements = [f"alter table games add column {column}" for column in optional]
    statements += [
        f"update {table.name} set {column} = {spoiling} where rowid = {row}"
        for table in CONTRACT
        if table.name != "teams"
        # Not the rows of the games that are spoilt.
        for row, column in enumerate(
            table.column_names, start=1 if table.name == "games" else 31
        )
    ]
    source = damaged(base, tmp_path, *statements)
    home = tmp_path / "new"
    summary = ingest(source, settings_of(home, max_bad_share=1), as_of=datetime.max)
    named = {(remark.table, remark.column) for remark in summary.remarks}
    named |= {(each.table, each.column) for each in summary.unseen}
    for row in content(home)["quarantine"]:
        named |= {(row[0], column) for column in row[7]}
    for table in CONTRACT:
        for column in table.columns:
            if table.name == "teams" or column.kind == "text" or spoiling == "''":
                continue
            assert (table.name, column.name) in named, (table.name, column.name)


def test_one_name_of_other_bytes_among_many_rows_takes_seconds(tmp_path: Path) -> None:
    # DuckDB's trim never returned from such a name once the table was this large.
    copies = (
        "with recursive copies(n) as (select 1 union all select n + 1 from copies "
        "where n < 60) insert into player_prop_lines select season, game_date, "
        "player_name, bookmaker || n, market, line, over_price, under_price, "
        "observed_at_utc from player_prop_lines, copies"
    )
    latin = "Dennis Schröder".encode("latin-1").hex()
    spoil = (
        f"update player_prop_lines set player_name = cast(x'{latin}' as text) "
        "where rowid = 5000"
    )
    source = build_small_league(tmp_path / "league.sqlite", (copies, spoil))
    code = (
        "import sys; from pathlib import Path; from ml.ingest.run import ingest; "
        "from ml.settings import Settings; "
        "summary = ingest(Path(sys.argv[1]), Settings(home=Path(sys.argv[2]))); "
        "print(*(remark.line for remark in summary.remarks), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, source, tmp_path / "home"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == (
        "player_prop_lines.player_name: 1 × not UTF-8, read as Windows-1252; "
        "found 'Dennis Schröder'\n"
    )


BROKEN_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (Path.unlink, "does not exist"),
    "empty": (lambda path: path.write_bytes(b""), "not a SQLite database"),
    "text": (
        lambda path: path.write_text("game_id,pts\n" * 99),
        "not a SQLite database",
    ),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "truncated",
    ),
    "overwritten": (
        lambda path: path.write_bytes(
            path.read_bytes()[:8192] + b"\xff" * 8192 + path.read_bytes()[16384:]
        ),
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", BROKEN_FILES)
def test_a_broken_file_is_refused(
    base: Base, home: Path, tmp_path: Path, kind: str
) -> None:
    breaking, words = BROKEN_FILES[kind]
    source = damaged(base, tmp_path)
    breaking(source)
    refused(source, home, SourceError, words)


def test_a_folder_is_refused(home: Path, tmp_path: Path) -> None:
    refused(tmp_path, home, SourceError, "is a folder")


def test_a_locked_file_is_refused(base: Base, home: Path, tmp_path: Path) -> None:
    source = damaged(base, tmp_path)
    with closing(sqlite3.connect(source)) as other:
        other.execute("begin exclusive")
        refused(source, home, SourceError, "locked")


STRUCTURES: dict[str, tuple[str, str]] = {
    "a dropped table": ("drop table games", "table games is missing"),
    "a renamed table": (
        "alter table games rename to game",
        "table games is missing; found game",
    ),
    "a dropped column": (
        "alter table player_game_stats drop column fga",
        "table player_game_stats: column fga is missing; found fg3a, fta, fgm",
    ),
    "text in a whole column": (
        "update player_game_stats set pts = 'many'",
        "table player_game_stats: column pts must be integer, found 'many'",
    ),
    "numbers for names": (
        "create table copy as select team_id, team_id as team_abbreviation, "
        "team_id as team_name from teams; drop table teams; "
        "alter table copy rename to teams",
        "table teams: column team_name must be text, found numbers",
    ),
    "an empty table": ("delete from games", "table games: it has no rows"),
}


@pytest.mark.parametrize("kind", STRUCTURES)
def test_a_wrong_structure_is_refused(
    base: Base, home: Path, tmp_path: Path, kind: str
) -> None:
    statements, words = STRUCTURES[kind]
    source = damaged(base, tmp_path, *statements.split("; "))
    error = refused(source, home, ContractError, words)
    assert "--mapping" in error.remedy


def test_bad_rows_of_a_required_table_are_set_aside_however_many(
    base: Base, tmp_path: Path
) -> None:
    spoiling = "update player_game_stats set pts = pts + 1 where rowid <= 400"
    source = damaged(base, tmp_path, spoiling)
    summary = ingest(source, settings_of(tmp_path / "home"))
    assert summary.tables[4].quarantined == {"points_do_not_add_up": 400}
    assert summary.tables[4].new == 560


def test_what_is_left_must_be_a_league(base: Base, home: Path, tmp_path: Path) -> None:
    spoiling = "update player_game_stats set pts = pts + 1 where rowid <= 500"
    source = damaged(base, tmp_path, spoiling)
    error = refused(source, home, GateError, "500 of 960 rows are bad")
    assert "points_do_not_add_up (fg3m, fgm, ftm, pts): 500 rows" in error.problem
    example = "fg3m = 2, fgm = 6, ftm = 0, pts = 15 (game_id 0022300001, player_id"
    assert example in error.problem
    assert "rebound" not in error.problem and "reb" not in error.problem


OPTIONAL = {
    "many bad rows": (
        "update injury_reports set team = 'Nobody' where rowid <= 30",
        "injury_reports",
        "30 of 120 rows are bad: unknown_team (team): 30 rows",
    ),
    "a broken column": (
        "update starters set player_id = 'somebody'",
        "starters",
        "column player_id must be integer, found 'somebody' and the like in 600 of 600",
    ),
    "columns of another table": (
        "alter table starters rename column player_id to person",
        "starters",
        "column player_id is missing; found",
    ),
}


@pytest.mark.parametrize("kind", OPTIONAL)
def test_an_optional_table_is_left_out_and_never_refuses_the_file(
    base: Base, home: Path, tmp_path: Path, kind: str
) -> None:
    statement, name, reason = OPTIONAL[kind]
    source = damaged(base, tmp_path, statement)
    before = content(home)
    again = ingest(source, settings_of(home))
    assert content(home)[name] == before[name], "what was stored stays"
    first = ingest(source, settings_of(tmp_path / "new"))
    for summary in (again, first):
        assert list(summary.left_out) == [name]
        assert reason in summary.left_out[name]
        assert summary.line.endswith(f"without {name}")
    assert content(tmp_path / "new")[name] == []
    (note,) = left_out_notes(settings_of(tmp_path / "new"))
    assert note.startswith(f"Made without what is new in {name}: ")
    assert content(tmp_path / "new")["player_game_stats"]
    # The share is a setting: with another one the same file is read again.
    bearing = ingest(source, settings_of(home, max_bad_share=0.3))
    assert (name in bearing.left_out) == (kind != "many bad rows")


def test_a_source_that_was_filled_again_and_again_loses_nothing(
    base: Base, home: Path, tmp_path: Path
) -> None:
    before = content(home)
    names = [table.name for table in CONTRACT if before[table.name]]
    copies = [f"insert into {name} select * from {name}" for name in names * 2]
    summary = ingest(damaged(base, tmp_path, *copies), settings_of(tmp_path / "new"))
    assert not summary.left_out
    after = content(tmp_path / "new")
    assert all(after[name] == before[name] for name in names)


def test_what_other_tables_tell_is_not_lost(base: Base, tmp_path: Path) -> None:
    """A schedule without its scores, newcomers whom players lacks."""
    source = damaged(
        base,
        tmp_path,
        "update games set home_pts = null, away_pts = null where game_id in "
        "(select game_id from games where home_pts is not null limit 3)",
        "delete from players where player_id % 3 = 0",
        "insert into player_game_stats select game_id, season, season_type, game_date, "
        "team_id, 'Team Totals', team_id, team_abbreviation, opponent_team_id, "
        "is_home, wl, min, fgm, fga, fg3m, fg3a, ftm, fta, oreb, dreb, reb, ast, stl, "
        "blk, tov, pf, pts, null from team_game_stats where rowid = 1",
    )
    for _ in range(2):
        summary = ingest(source, settings_of(tmp_path / "new"))
        assert not summary.left_out
        assert sum(table.n_quarantined for table in summary.tables) == 1
    before, after = content(base.home), content(tmp_path / "new")
    for name in ("games", "player_game_stats", "impact_lineup_stints", "starters"):
        assert after[name] == before[name]
    names = {row[0]: row[1] for row in before["players"]}
    assert {row[0]: row[1] for row in after["players"]} == names


def test_a_faulty_row_names_its_column_value_and_key(
    base: Base, tmp_path: Path
) -> None:
    source = damaged(
        base,
        tmp_path,
        "update player_game_stats set stl = -1 where rowid = 3",
        "update player_game_stats set ast = 'many' where rowid = 5",
        "update players set weight = -5 where rowid = 7",
        "update player_game_stats set blk = -1 where rowid = 9",
    )
    summary = ingest(source, settings_of(tmp_path / "home"))
    examples = {table.name: table.examples or {} for table in summary.tables}
    boxes = examples["player_game_stats"]
    assert boxes["out_of_range"].startswith("stl = -1 (game_id 0022300001, player_id")
    assert boxes["unreadable_value"].startswith("ast = 'many' (game_id 0022300001")
    rows = content(tmp_path / "home")["quarantine"]
    columns = [row[7][0] for row in rows if row[0] == "player_game_stats"]
    assert sorted(columns) == ["ast", "blk", "stl"]


def test_a_value_never_seen_is_stored_and_told(base: Base, tmp_path: Path) -> None:
    """Two threes and a foul in a minute, and ninety points, are no damage."""
    source = damaged(
        base,
        tmp_path,
        "update player_game_stats set min = 48, ftm = 90 - (2 * fgm + fg3m), "
        "fta = 90, pts = 90, reb = 40, oreb = 20, dreb = 20 where rowid = 2",
    )
    summary = ingest(source, settings_of(tmp_path / "home"))
    told = {(each.table, each.column): each for each in summary.unseen}
    points = told["player_game_stats", "pts"]
    assert (points.n_rows, points.value, points.seen_before) == (1, 90, "0 to 73")
    assert points.key == "game_id 0022300001, player_id 5201"
    assert told["player_game_stats", "reb"].value == 40
    assert summary.tables[4].quarantined == {}
    assert summary.tables[4].new == 960


def test_nobody_is_lost_because_two_rows_describe_him(
    base: Base, home: Path, tmp_path: Path
) -> None:
    """A player traded has a row a team in many sources; a team that moved has two."""
    source = damaged(
        base,
        tmp_path,
        "insert into players select player_id, 'Another Name', null, '7-1', null, null "
        "from players where rowid = 1",
        "insert into players select * from players where rowid = 2",
        "insert into player_seasons select player_id, season, 'C', null "
        "from player_seasons",
        "insert into teams select team_id, team_abbreviation, 'Old ' || team_name "
        "from teams where rowid = 1",
        "update team_game_stats set min = min / 5",
    )
    before = content(home)
    for _ in range(2):
        summary = ingest(source, settings_of(home))
    tables = {table.name: table for table in summary.tables}
    assert not summary.left_out
    assert sum(table.n_quarantined for table in summary.tables) == 0
    assert tables["players"].ignored == {"described again": 2}
    after = content(home)
    for name in ("player_game_stats", "team_game_stats", "teams"):
        assert after[name] == before[name], name
    # What the last row does not know the others tell; what was known before is kept.
    first = min(before["players"])[0]
    (now,) = (row for row in after["players"] if row[0] == first and row[-1] is None)
    assert now[1:6] == ("Another Name", *(min(before["players"])[2], "7-1", *now[4:6]))
    assert now[4:6] == min(before["players"])[4:6]
    noted = {remark.table for remark in summary.remarks}
    assert {"teams", "players", "player_seasons", "team_game_stats"} <= noted


def test_nobody_is_lost_because_his_name_is(base: Base, tmp_path: Path) -> None:
    source = damaged(
        base,
        tmp_path,
        "update teams set team_abbreviation = null where rowid = 1",
        "update teams set team_abbreviation = 'bos.' where rowid = 2",
        "update players set player_name = ' ' where rowid = 1",
        "update player_game_stats set player_name = null, team_abbreviation = 'Miami' "
        "where rowid % 7 = 0",
    )
    summary = ingest(source, settings_of(tmp_path / "home"))
    assert sum(table.n_quarantined for table in summary.tables) == 0
    assert len(summary.remarks) == 4
    stored, before = content(tmp_path / "home"), content(base.home)
    for name in ("teams", "players", "team_game_stats", "player_game_stats"):
        assert stored[name] == before[name], name


def test_another_league_is_refused(base: Base, home: Path, tmp_path: Path) -> None:
    tables = "games team_game_stats player_game_stats starters closing_lines"
    source = damaged(
        base,
        tmp_path,
        *(
            f"update {table} set game_id = '00423' || substr(game_id, 6)"
            for table in [*tables.split(), "impact_lineup_stints"]
        ),
    )
    refused(source, home, SourceError, "another league")


def test_another_league_with_the_same_ids_is_refused(
    base: Base, home: Path, tmp_path: Path
) -> None:
    swap = "update games set home_team_id = away_team_id, away_team_id = home_team_id"
    refused(damaged(base, tmp_path, swap), home, SourceError, "another league")


def test_a_moment_before_the_last_ingest_is_refused(
    base: Base, home: Path, tmp_path: Path
) -> None:
    source = damaged(base, tmp_path, SPOIL_FIRST_BOX)
    before = content(home)
    with pytest.raises(SettingsError, match="before the last ingest"):
        ingest(source, settings_of(home), as_of=datetime(2023, 12, 1))
    assert content(home) == before


def test_a_warehouse_in_use_is_refused(base: Base, home: Path, tmp_path: Path) -> None:
    source = damaged(base, tmp_path, SPOIL_FIRST_BOX)
    holding = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BusyError, match=r"has .* open"):
            ingest(source, settings_of(home))
        other.communicate(b"")
    assert content(home)["ingests"][-1][0] == 1


def test_a_warehouse_that_is_none_is_refused(base: Base, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "warehouse.duckdb").write_bytes(b"\x01" * 20000)
    with pytest.raises(SettingsError, match="not a DuckDB database"):
        ingest(base.source, settings_of(tmp_path / "home"))


def test_a_game_with_one_team_keeps_neither(base: Base, tmp_path: Path) -> None:
    source = damaged(base, tmp_path, "delete from team_game_stats where rowid = 1")
    summary = ingest(source, settings_of(tmp_path / "home"))
    assert summary.tables[3].quarantined == {"game_with_one_team": 1}
    # The id is as it should be: no other form of it is wanted.
    assert "wanted" not in (summary.tables[3].examples or {})["game_with_one_team"]


@pytest.fixture
def fallback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("ml.ingest.reader._has_extension", lambda: False)
    yield


@pytest.mark.usefixtures("fallback")
def test_without_the_extension_the_same_rows_are_stored(
    base: Base, tmp_path: Path
) -> None:
    summary = ingest(base.source, settings_of(tmp_path / "home"))
    assert summary == base.summary
    assert content(tmp_path / "home") == content(base.home)


def refused(
    source: Path, home: Path, error: type[TipoffError], words: str
) -> TipoffError:
    """Expect an error, and the warehouse file as it was, byte for byte."""
    before = (home / "warehouse.duckdb").read_bytes()
    with pytest.raises(error) as raised:
        ingest(source, settings_of(home))
    assert words in raised.value.problem
    assert raised.value.remedy
    assert (home / "warehouse.duckdb").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["warehouse.duckdb"]
    return raised.value
