"""A mapping file gives other names, and a wrong one says what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
import typer
from small_league import build_small_league

from ml.cli import app
from ml.errors import ContractError, SettingsError, SourceError
from ml.ingest.explain import explain
from ml.ingest.mapping import (
    EXAMPLE,
    Mapping,
    find_mapping,
    load_mapping,
    shipped_mappings,
)
from ml.ingest.queries import columns_of
from ml.ingest.reader import read_tables
from ml.ingest.remarks import create_remarks
from ml.ingest.source import open_source
from ml.ingest.structure import match_structure

SOURCE_COMMANDS = [
    name
    for name, command in typer.main.get_command(app).commands.items()
    if any(each.name == "source" for each in command.load().params)
]


def test_the_example_in_the_help_is_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(EXAMPLE)
    names = load_mapping(path)
    assert names.tables == {"games": "schedule"}
    assert names.columns == {"games": {"home_pts": "pts_home"}}
    assert names.computed["games"]["season_type"] == "'Regular Season'"
    assert names.computed["games"]["season"] == "cast(year - 1 as integer)"
    assert names.query("teams", {}).startswith("select id as team_id")
    assert names.table("games") == "schedule"
    assert names.table("teams") == "teams"
    assert names.column("games", "home_pts") == "pts_home"
    assert names.column("games", "away_pts") == "away_pts"


def test_an_empty_mapping_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text("")
    assert load_mapping(path) == Mapping()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tables: {game: g}", "no 'game'"),
        ("columns: {games: {points: p}}", "no 'points'"),
        ("columns: {game: {points: p}}", "no 'game'"),
        ("table: {games: g}", "no 'table'"),
        ("tables: {games: 3}", "got 3"),
        ("tables: [games]", "got \\['games'\\]"),
        ("- games", "got \\['games'\\]"),
        ("tables: {games: ", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_mapping(path)


def read(path: Path, mapping: Mapping) -> None:
    source = open_source(path)
    with duckdb.connect() as connection:
        create_remarks(connection)
        read_tables(connection, source, match_structure(source, mapping))


def test_sql_that_a_row_cannot_bear_is_named(tmp_path: Path) -> None:
    path = build_small_league(tmp_path / "league.sqlite")
    computed = {"games": {"status": "json_extract(season, '$.status')"}}
    with pytest.raises(SettingsError, match="mapping: games: malformed JSON"):
        read(path, Mapping(computed=computed))
    with closing(sqlite3.connect(path)) as source:
        source.execute("alter table starters rename to rows_of_starters")
        source.execute(
            "create view starters as select game_id, json_extract(season, '$.a') "
            "as season, player_id from rows_of_starters"
        )
    with pytest.raises(SourceError, match="starters cannot be read: malformed JSON"):
        read(path, Mapping())


def test_names_of_columns_are_known_in_words_and_wrong_ones_are_errors(
    tmp_path: Path,
) -> None:
    path = build_small_league(tmp_path / "league.sqlite")
    with closing(sqlite3.connect(path)) as source:
        source.execute("alter table games rename column home_pts to 'Home Pts '")
    tables = {
        each.table.name: each for each in match_structure(open_source(path), Mapping())
    }
    assert "Home Pts " in tables["games"].source_columns
    mapping = Mapping(columns={"starters": {"player_id": "pid"}})
    with pytest.raises(ContractError, match=r"player_id \(mapped to pid\) is missing"):
        match_structure(open_source(path), mapping)


def test_a_shipped_mapping_is_found_by_its_name() -> None:
    assert find_mapping("nba_api").queries.keys() >= {"games", "player_game_stats"}
    with pytest.raises(SettingsError, match="no such file") as raised:
        find_mapping("nba_apy")
    for each in shipped_mappings():
        assert each.name in raised.value.remedy
        assert f"--mapping {each.name}" in explain()


# Each is what somebody could write into a mapping; none may do anything but read.
FORBIDDEN = (
    "delete from teams",
    "select 1; drop table teams",
    "attach 'other.sqlite' as other",
    "pragma table_info(teams)",
    "select load_extension('x')",
    "insert into teams values (1, 'AAA', 'x')",
    "create table made as select 1",
    "with gone as (select 1) delete from teams",
    "select no_such_column from teams",
    "",
)


@pytest.mark.parametrize("query", FORBIDDEN)
def test_a_mapping_can_only_read(tmp_path: Path, query: str) -> None:
    source = build_small_league(tmp_path / "league.sqlite")
    before = source.read_bytes()
    with pytest.raises(SettingsError, match="mapping: teams"):
        columns_of(open_source(source), query, "teams")
    assert source.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [source.name]


@pytest.mark.parametrize("job", SOURCE_COMMANDS)
def test_every_command_with_a_source_has_a_mapping(job: str) -> None:
    command = typer.main.get_command(app).commands[job].load()
    assert "--mapping" in {name for each in command.params for name in each.opts}


def test_there_are_commands_with_a_source() -> None:
    assert {"ingest", "run", "nightly", "doctor", "backtest", "monitor"} <= set(
        SOURCE_COMMANDS
    )


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_mapping(tmp_path / "absent.yml")


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "alias"),
        ("tables: &a {games: *a}", "alias"),
        ("[" * 5000, "levels"),
        ("{a: " * 5000, "levels"),
        ("- " * 5000 + "a", "levels"),
        ("- a\n" * 50_000, "entries"),
        ("#" * 300_000, "bytes"),
        ("tables: 2024-13-45", "cannot be read"),
        ("tables: " + "9" * 6000, "cannot be read"),
        ("tables: {games: !!python/object/apply:os.system [ls]}", "cannot be read"),
        ("? {a: b}\n: c", "cannot be read"),
        ("tables: {games: .nan}", "must be a name"),
        (f"tables: {{games: {'x' * 2000}}}", "must be a name"),
        ("a: b: c: topsecretvalue", "cannot be read"),
        ("tables: '\0'", "cannot be read"),
    ],
)
def test_a_mapping_that_would_never_end_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words) as refusal:
        load_mapping(path)
    assert len(str(refusal.value)) < 1000
    assert "topsecret" not in str(refusal.value)


def test_only_a_regular_file_is_a_mapping(tmp_path: Path) -> None:
    pipe, folder, link = (tmp_path / name for name in ("pipe", "folder", "link"))
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to("/dev/zero")
    for path in (pipe, folder, link):
        with pytest.raises(SettingsError, match="not a regular file"):
            load_mapping(path)
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_mapping(tmp_path / "bytes.yml")
