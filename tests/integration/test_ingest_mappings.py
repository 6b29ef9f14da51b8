"""The same league as other projects store it comes in as itself by their mappings."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_league import build_small_league

from ml.errors import ContractError
from ml.ingest.given import read_given
from ml.ingest.run import ingest
from ml.settings import Settings

STATS = (
    *("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb"),
    *("reb", "ast", "stl", "blk", "tov", "pf", "pts"),
)
_MATCHUP = (
    "(select team_abbreviation from main.teams as t where t.team_id = g.team_id) || "
    "iif(is_home, ' vs. ', ' @ ') || (select team_abbreviation from main.teams as t "
    "where t.team_id = g.opponent_team_id)"
)
_CAPITALS = ", ".join(f"{name} as {name.upper()}" for name in STATS)
_FLOATS = ", ".join(f"{name} * 1.0 as {name}" for name in STATS)


def _side(side: str, alias: str) -> str:
    return ", ".join(f"{alias}.{name} as {name}_{side}" for name in STATS)


ESPN = {
    "fgm": "field_goals_made",
    "fga": "field_goals_attempted",
    "fg3m": "three_point_field_goals_made",
    "fg3a": "three_point_field_goals_attempted",
    "ftm": "free_throws_made",
    "fta": "free_throws_attempted",
    "oreb": "offensive_rebounds",
    "dreb": "defensive_rebounds",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "pf": "fouls",
}
_ESPN = ", ".join(f"{ours} as {theirs}" for ours, theirs in ESPN.items())
_ESPN_GAME = "cast(game_id as integer) as game_id, 2024 as season, 2 as season_type"

SCHEMAS = {
    "nba_api": (
        "create table leaguegamelog as select '22023' as SEASON_ID, team_id as TEAM_ID,"
        " team_abbreviation as TEAM_ABBREVIATION, (select team_name from main.teams as "
        "t where t.team_id = g.team_id) as TEAM_NAME, game_id as GAME_ID, game_date as "
        f"GAME_DATE, {_MATCHUP} as MATCHUP, wl as WL, min as MIN, {_CAPITALS} "
        "from main.team_game_stats as g",
        "create table playergamelogs as select '2023-24' as SEASON_YEAR, player_id as "
        "PLAYER_ID, player_name as PLAYER_NAME, team_id as TEAM_ID, team_abbreviation "
        "as TEAM_ABBREVIATION, game_id as GAME_ID, game_date || 'T00:00:00' as "
        f"GAME_DATE, {_MATCHUP} as MATCHUP, wl as WL, min + 0.3 as MIN, {_CAPITALS}, "
        "plus_minus as PLUS_MINUS from main.player_game_stats as g",
    ),
    "nba_sql": (
        "create table game as select cast(game_id as integer) as game_id, home_team_id "
        "as team_id_home, away_team_id as team_id_away, 22023 as season_id, game_date "
        "as date from main.games",
        "create table team_game_log as select team_id, game_id, 22023 as season_id, "
        f"game_date, wl, min * 1.0 as min, {_FLOATS} from main.team_game_stats",
        "create table player_game_log as select player_id, cast(game_id as integer) as "
        f"game_id, team_id, 22023 as season_id, wl, min + 0.37 as min, {_FLOATS}, "
        "plus_minus * 1.0 as plus_minus from main.player_game_stats",
        "create table team as select team_id, team_abbreviation as abbreviation, "
        "team_name as nickname from main.teams",
        "create table player as select player_id, player_name from main.players",
    ),
    "hoopr": (
        f"create table nba_team_box as select {_ESPN_GAME}, game_date, "
        "(team_id - 1610612736) as team_id, team_abbreviation, (select team_name from "
        "main.teams as t where t.team_id = g.team_id) as team_display_name, "
        "iif(is_home, 'home', 'away') as team_home_away, pts as team_score, reb as "
        f"total_rebounds, tov as total_turnovers, {_ESPN} from "
        "main.team_game_stats as g",
        f"create table nba_player_box as select {_ESPN_GAME}, game_date, player_id as "
        "athlete_id, player_name as athlete_display_name, (team_id - 1610612736) as "
        "team_id, team_abbreviation, iif(is_home, 'home', 'away') as home_away, min as "
        "minutes, reb as rebounds, tov as turnovers, pts as points, '+0' as plus_minus,"
        f" player_id % 100 < 5 as starter, {_ESPN} from main.player_game_stats",
    ),
}
_TEAMS = "game_id, season, season_type, game_date, team_abbreviation, is_home, wl, "


def make(folder: Path, statements: tuple[str, ...]) -> Path:
    source = build_small_league(folder / "league.sqlite")
    out = folder / "theirs.sqlite"
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("attach ? as theirs", (str(out),))
        for statement in statements:
            connection.execute(
                statement.replace("create table ", "create table theirs.", 1)
            )
        connection.commit()
    return out


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    source = build_small_league(folder / "league.sqlite")
    ingest(source, Settings(home=folder / "home", threads=1))
    return folder / "home"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_shipped_mapping_reads_the_same_league(
    original: Path, tmp_path: Path, name: str
) -> None:
    source = make(tmp_path, SCHEMAS[name])
    home = tmp_path / "home"
    summary = ingest(source, Settings(home=home, threads=1), mapping=name)
    assert all(table.n_quarantined == 0 for table in summary.tables)
    played = "home_pts is not null"
    for query in (
        f"select {_TEAMS} {', '.join(STATS)}, opponent_pts from raw.team_game_stats "
        "order by game_id, is_home",
        f"select {_TEAMS} player_id, min, {', '.join(STATS)} "
        "from raw.player_game_stats order by game_id, player_id",
        "select game_id, season, season_type, game_date, home_pts, away_pts, periods "
        f"from raw.games where {played} order by game_id",
        "select player_id, player_name from raw.players order by player_id",
    ):
        assert rows(home, query) == rows(original, query), query


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_source_that_a_mapping_knows_is_told_so(tmp_path: Path, name: str) -> None:
    source = make(tmp_path, SCHEMAS[name])
    with pytest.raises(ContractError) as raised:
        ingest(source, Settings(home=tmp_path / "home", threads=1))
    assert f"--mapping {name}" in raised.value.remedy


def test_a_schema_without_lines_of_players_is_told_what_is_possible(
    tmp_path: Path,
) -> None:
    wide = (
        "create table game as select h.game_id, h.game_date || ' 00:00:00' as "
        "game_date, h.team_id as team_id_home, a.team_id as team_id_away, "
        "h.team_abbreviation as team_abbreviation_home, a.team_abbreviation as "
        "team_abbreviation_away, h.wl as wl_home, a.wl as wl_away, h.min as min, "
        f"{_side('home', 'h')}, {_side('away', 'a')} from main.team_game_stats as h "
        "join main.team_game_stats as a on a.game_id = h.game_id "
        "where h.is_home and not a.is_home"
    )
    team = (
        "create table team as select team_id as id, team_abbreviation as abbreviation, "
        "team_name as full_name from main.teams"
    )
    people = (
        "create table common_player_info as select player_id as person_id, player_name "
        "as display_first_last, birthdate, height, weight, country from main.players"
    )
    lines = SCHEMAS["nba_api"][1]
    with pytest.raises(ContractError, match="none of players"):
        ingest(
            make(tmp_path, (wide, team, people)),
            Settings(home=tmp_path / "home", threads=1),
            mapping="nbadb",
        )
    (tmp_path / "both").mkdir()
    source = make(tmp_path / "both", (wide, team, people, lines))
    settings = Settings(home=tmp_path / "home", threads=1, mapping="nbadb")
    found = {table.name: table.new for table in ingest(source, settings).tables}
    assert (found["team_game_stats"], found["player_game_stats"]) == (120, 960)


def test_a_users_mapping_renames_and_computes(original: Path, tmp_path: Path) -> None:
    source = build_small_league(
        tmp_path / "league.sqlite",
        (
            "alter table games rename to schedule",
            "alter table schedule drop column season_type",
            "update schedule set season = 2024",
            "create view clubs as select team_id * 2 as id, lower(team_abbreviation) "
            "as abbr, team_name as name from teams",
            "alter table teams rename to other_teams",
        ),
    )
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "tables:\n"
        "  games: schedule\n"
        "  teams:\n"
        "    sql: select id / 2 as team_id, abbr as team_abbreviation,"
        " name as team_name from clubs\n"
        "columns:\n"
        "  games:\n"
        "    season_type: {value: Regular Season}\n"
        '    season: {sql: "season - 1"}\n'
    )
    home = tmp_path / "home"
    settings = Settings(home=home, threads=1, mapping=str(mapping))
    ingest(source, settings)
    for name in ("games", "teams", "player_game_stats", "closing_lines"):
        assert rows(home, f"from raw.{name}") == rows(original, f"from raw.{name}")
    given = read_given(source, ["games"], settings)["games"]
    assert set(given["season"]) == {"2023-24"}
