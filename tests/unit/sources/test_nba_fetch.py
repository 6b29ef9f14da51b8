"""A league fetched from the stand-in is the same league read from its database."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ml.cli import app
from ml.errors import SourceError
from ml.jobs.fetch import _alone
from ml.settings import Settings
from ml.sources.nba.client import Client
from ml.sources.nba.endpoints import hosts
from ml.sources.nba.fetch import Fetched, Fetcher
from ml.sources.nba.league_file import LeagueFile
from ml.sources.nba.store import Store
from ml.sources.synthetic import simulate_league
from tests.small_league import SEASON, build_small_league
from tests.stand_in.league import KNOWN_REPORT, League
from tests.stand_in.server import StandIn, serving

pytest.importorskip("pdfplumber", reason="the locked environment is not installed")

# Forty days after the first game: all but the last two have been played.
EVENING = datetime(2023, 12, 11, 12)
TABLES = {
    "teams": "*",
    "games": "game_id, season, season_type, game_date, tipoff_et, home_team_id, "
    "away_team_id, home_pts, away_pts, cast(periods as integer)",
    "team_game_stats": "*",
    "player_game_stats": "*",
    "players": "player_id, player_name, height, weight, country",
    "starters": "*",
    "injury_reports": "*",
}
# Twenty-one games are left, and reports of three days, with names as they have them.
FEWER = [
    *(
        f"delete from {table} where game_date between '2023-11-13' and '2023-12-08'"
        for table in ("games", "team_game_stats", "player_game_stats")
    ),
    "delete from starters where game_id not in (select game_id from games)",
    "delete from injury_reports where game_date > '2023-11-05'",
    *(
        f"update injury_reports set player = replace(player, '{one}', '{other}')"
        for one, other in (("č", "c"), ("ć", "c"), ("é", "e"))
    ),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("league") / "league.sqlite"
    return build_small_league(path, FEWER)


@pytest.fixture
def league(source: Path) -> League:
    return League(source, EVENING)


@pytest.fixture
def server(league: League) -> Iterator[StandIn]:
    with serving(league) as stand_in:
        yield stand_in


class Killed(BaseException):
    """What a kill is to a process: nothing catches it."""


class Asking(Client):
    """A client with a clock of its own, which may be killed at a request."""

    moment = datetime(2023, 12, 11, 17, tzinfo=UTC)
    kill_at = 0

    def _pause(self, host: Any) -> None:
        self.kill_at -= 1
        if self.kill_at == 0:
            raise Killed
        super()._pause(host)


def fetcher(
    folder: Path, server: StandIn, *, kill_at: int = 0, after: timedelta = timedelta()
) -> Fetcher:
    where = {"stats": server.url, "cdn": server.url, "reports": server.url}
    client = Asking(
        Store(folder),
        hosts(**where),
        now=lambda: Asking.moment + after,
        sleep=lambda seconds: None,
        silence_seconds=20,
    )
    client.kill_at = kill_at
    return Fetcher(client, LeagueFile(folder / "league.sqlite"))


def whole(fetching: Fetcher) -> Fetched:
    return fetching.season(SEASON, play_by_play=True, injuries=True)


def rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    columns = TABLES[table]
    with closing(sqlite3.connect(path)) as connection:
        if columns == "*":
            found = connection.execute(f"select * from {table}").description
            names = [name for name, *_ in found if name != "known_at"]
            columns = ", ".join(names)
        return sorted(connection.execute(f"select {columns} from {table}"), key=repr)


def test_a_season_equals_its_database(
    tmp_path: Path, source: Path, server: StandIn
) -> None:
    done = whole(fetcher(tmp_path, server))
    for table in TABLES:
        assert rows(tmp_path / "league.sqlite", table) == rows(source, table), table
    assert done.lacking == []
    assert server.most_at_once == 1
    # Schedule, two logs, players, moves; a box score a game, and play-by-play until
    # three games in a row had none.
    singles = [path for path in server.asked if "liveData" in path]
    reports = [path for path in server.asked if path.endswith(".pdf")]
    assert len(singles) == 21 + 3
    assert len(server.asked) == 5 + len(singles) + len(reports)


def test_a_second_run_asks_only_for_what_can_have_changed(
    tmp_path: Path, server: StandIn
) -> None:
    whole(fetcher(tmp_path, server))
    known = rows_with_moments(tmp_path)
    del server.asked[:]
    whole(fetcher(tmp_path, server, after=timedelta(minutes=10)))
    # All is fresh, final, or absent.
    assert server.asked == []
    del server.asked[:]
    done = whole(fetcher(tmp_path, server, after=timedelta(hours=2)))
    asked = {path.split("?")[0].rsplit("/", 1)[-1] for path in server.asked}
    assert {"scheduleLeagueV2.json", "leaguegamelog"} <= asked
    assert "playerindex" not in asked
    assert not any(path.startswith("boxscore") for path in asked)
    # Play-by-play of a game may have come meanwhile.
    assert sum(path.startswith("playbyplay") for path in asked) == 3
    assert all(change == (0, 0, 0) for change in done.by_table().values())
    assert rows_with_moments(tmp_path) == known


def rows_with_moments(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(folder / "league.sqlite")) as connection:
        return {
            table: sorted(connection.execute(f"select * from {table}"), key=repr)
            for table in TABLES
        }


def test_a_kill_at_any_request_changes_nothing(tmp_path: Path, server: StandIn) -> None:
    def day(fetching: Fetcher) -> Fetched:
        return fetching.day(date(2023, 12, 9), date(2023, 12, 9))

    day(fetcher(tmp_path / "whole", server))
    wanted = {
        table: rows(tmp_path / "whole" / "league.sqlite", table) for table in TABLES
    }
    n_requests = len(server.asked)
    assert n_requests > 12
    # Each run gets one request further than the one before it.
    folder, n_killed = tmp_path / "killed", 0
    while n_killed < 2 * n_requests:
        try:
            day(fetcher(folder, server, kill_at=2))
        except Killed:
            n_killed += 1
            continue
        break
    assert n_killed == n_requests - 1
    for table in TABLES:
        assert rows(folder / "league.sqlite", table) == wanted[table], table


def test_where_stats_is_silent_box_scores_stand_in(
    tmp_path: Path, source: Path, league: League, server: StandIn
) -> None:
    league.without = {"leaguegamelog", "playerindex", "NBA_Player_Movement.json"}
    done = fetcher(tmp_path, server).season(SEASON, play_by_play=False, injuries=False)
    assert done.lacking == []
    assert any("leaguegamelog T" in note for note in done.notes)
    for table in ("games", "team_game_stats", "player_game_stats", "starters"):
        assert rows(tmp_path / "league.sqlite", table) == rows(source, table), table
    names = [name for _, name, *_ in rows(tmp_path / "league.sqlite", "players")]
    assert sorted(names) == sorted(name for _, name, *_ in rows(source, "players"))


def test_games_without_box_scores_are_named(
    tmp_path: Path, league: League, server: StandIn
) -> None:
    game_id = "0022300060"
    league.without = {"leaguegamelog", f"boxscore_{game_id}.json"}
    done = fetcher(tmp_path, server).season(SEASON, play_by_play=False, injuries=False)
    assert done.lacking == [game_id]


def test_a_host_that_refuses_every_game_is_not_asked_for_all(
    tmp_path: Path, league: League, server: StandIn
) -> None:
    answer = server.answer
    server.answer = lambda path: None if "liveData" in path else answer(path)
    done = fetcher(tmp_path, server).season(SEASON, play_by_play=True, injuries=False)
    assert done.lacking == []
    assert "box scores: none of 3 games in a row; 18 more were not asked for" in (
        done.notes
    )
    assert sum("liveData" in path for path in server.asked) == 3


def test_empty_logs_are_no_success(tmp_path: Path, server: StandIn) -> None:
    server.answer = emptied(server.answer)
    done = fetcher(tmp_path, server).season(SEASON, play_by_play=False, injuries=False)
    assert any("no rows, though 21 games are over" in note for note in done.notes)
    assert done.lacking == []


def emptied(answer: Any) -> Any:
    def empty(path: str) -> bytes | None:
        body = answer(path)
        if "leaguegamelog" not in path:
            return body  # type: ignore[no-any-return]
        found = json.loads(body)
        found["resultSets"][0]["rowSet"] = []
        return json.dumps(found).encode()

    return empty


def test_postponed_live_and_unknown_games(
    tmp_path: Path, league: League, server: StandIn
) -> None:
    to_come, other = "0022300061", "0022300062"
    league.changes = {
        to_come: {"gameStatus": 1, "gameStatusText": "PPD"},
        other: {"homeTeam": {"teamId": 0, "teamTricode": "TBD", "teamName": ""}},
    }
    league.changes[other]["homeTeam"]["score"] = 0
    fetcher(tmp_path, server).day(date(2023, 12, 11), date(2023, 12, 11))
    games = LeagueFile(tmp_path / "league.sqlite").read("games").set_index("game_id")
    assert games.loc[to_come, "status"] == "postponed"
    assert games.loc[other, "home_team_id"] == 0
    # Moved to another day, under the same id.
    league.changes = {to_come: {"gameStatusText": "8:00 pm ET", "gameStatus": 1}}
    later = fetcher(tmp_path, server, after=timedelta(hours=1))
    later.day(date(2023, 12, 11), date(2023, 12, 11))
    games = LeagueFile(tmp_path / "league.sqlite").read("games").set_index("game_id")
    assert games.loc[to_come, "status"] == "scheduled"
    assert games.loc[to_come, "known_at"] == "2023-12-11 18:00:00"


def test_a_correction_has_its_own_moment(tmp_path: Path, source: Path) -> None:
    path = build_small_league(tmp_path / "league.sqlite", FEWER)
    with serving(League(path, EVENING)) as server:
        fetching = fetcher(tmp_path / "live", server)
        fetching.season(SEASON, play_by_play=False, injuries=False)
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute(
                "select player_id from player_game_stats where game_id = '0022300060'"
            ).fetchone()
            connection.execute(
                "update player_game_stats set ast = ast + 1 "
                "where game_id = '0022300060' and player_id = ?",
                row,
            )
            connection.commit()
        later = fetcher(tmp_path / "live", server, after=timedelta(days=3))
        done = later.season(SEASON, play_by_play=False, injuries=False)
    assert done.by_table()["player_game_stats"] == (0, 1, 0)
    lines = LeagueFile(tmp_path / "live" / "league.sqlite").read("player_game_stats")
    moments = lines.groupby("known_at").size().to_dict()
    assert moments == {"2023-12-11 17:00:00": 335, "2023-12-14 17:00:00": 1}


def test_many_missing_reports_are_doubted(
    tmp_path: Path, league: League, server: StandIn
) -> None:
    days = [date(2023, 11, 20) + timedelta(days=n) for n in range(3)]
    league.without = {KNOWN_REPORT}
    with pytest.raises(SourceError, match="refuses one that is there"):
        fetcher(tmp_path, server).reports(days)
    tasks = Store(tmp_path).tasks()
    refused = {task.state for task in tasks if task.key != "reports/known"}
    assert refused == {"failed"}
    # Where a known one is there, the others are absent, and not asked for again.
    league.without = set()
    fetcher(tmp_path, server).reports(days)
    assert {task.state for task in Store(tmp_path).tasks()} == {"absent", "provisional"}
    del server.asked[:]
    fetcher(tmp_path, server).reports(days)
    assert server.asked == []


def test_a_second_fetch_waits(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    order: list[str] = []

    def second() -> None:
        with _alone(settings):
            order.append("second")

    with _alone(settings):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_the_command(
    tmp_path: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in ("STATS", "CDN", "REPORTS"):
        monkeypatch.setenv(f"TIPOFF_{host}_URL", server.url)
    monkeypatch.setenv("TIPOFF_HOME", str(tmp_path))
    runner = CliRunner()

    def run(*arguments: str) -> tuple[int, str]:
        result = runner.invoke(app, ["fetch", *arguments])
        return result.exit_code, result.output

    assert run("status")[0] == 10
    assert run("season", "2023-25")[0] == 2
    assert run("season", SEASON, "--with", "odds")[0] == 2
    assert run("season", SEASON, "--offline")[0] == 10
    code, told = run("season", SEASON, "--with", "play-by-play")
    assert code == 0 and "(and 2 more like it)" in " ".join(told.split())
    (tmp_path / "live" / "league.sqlite").unlink()
    code, told = run("season", SEASON, "--json")
    assert code == 0, told
    assert '"player_game_stats": {"new": 336, "changed": 0, "gone": 0}' in told
    asked = len(server.asked)
    assert run("season", SEASON, "--offline")[0] == 0
    assert len(server.asked) == asked
    code, told = run("status", "--json")
    assert code == 0 and '"player_game_stats": 336' in told


def test_stints_and_odds_of_a_night_are_those_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "whole.sqlite"
    simulate_league(path, n_seasons=1, random_state=3, n_games_per_team=8)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "update closing_lines set moneyline_home = -140, moneyline_away = 120"
        )
        day = date.fromisoformat(
            connection.execute("select max(game_date) from closing_lines").fetchone()[0]
        )
    evening = datetime(day.year, day.month, day.day, 11)
    asking_at = evening.replace(tzinfo=UTC) - Asking.moment
    with serving(League(path, evening)) as server:
        asked = fetcher(tmp_path, server, after=asking_at)
        asked.day(day, day - timedelta(days=2))
    lines = "select game_id, home_spread, round(moneyline_home), round(moneyline_away) "
    with closing(sqlite3.connect(tmp_path / "league.sqlite")) as connection:
        connection.execute("attach ? as whole", (str(path),))

        def of(query: str) -> set[tuple[Any, ...]]:
            return set(connection.execute(query).fetchall())

        names = (
            "game_id, stint_idx, start_elapsed, home_p1, away_p5, home_pts, away_poss"
        )
        stints = f"select {names} from {{}}impact_lineup_stints where game_id in "
        games = "(select game_id from main.starters)"
        assert len(of(stints.format("") + games)) > 100
        assert of(stints.format("") + games) == of(stints.format("whole.") + games)
        today = f"from {{}}closing_lines where game_date = '{day}'"
        assert of(lines + today.format("")) == of(lines + today.format("whole."))
