"""Answers by somebody who means harm, or of a broken machine: told, nothing lost."""

import gzip
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.console import Terminal
from ml.errors import SourceError
from ml.features.unseen import Unseen
from ml.report.exports import write_table
from ml.report.gameday_page import write_gameday_page
from ml.settings import Settings
from ml.sources.nba import client as clients
from ml.sources.nba import payload
from ml.sources.nba.box_score import parse_box_score
from ml.sources.nba.client import Client, Host
from ml.sources.nba.game_log import parse_game_log, player_lines, team_lines
from ml.sources.nba.league_file import LeagueFile
from ml.sources.nba.moves import parse_player_movement
from ml.sources.nba.odds import parse_odds
from ml.sources.nba.payload import read_json
from ml.sources.nba.players import parse_player_index
from ml.sources.nba.schedule import parse_schedule
from ml.sources.nba.store import Request, Store
from ml.system.plain_text import plain
from tests.small_league import SEASON, build_small_league
from tests.stand_in.league import League
from tests.stand_in.server import StandIn, serving
from tests.unit.predict.test_begun import frames
from tests.unit.sources.test_nba_fetch import EVENING, FEWER, fetcher, rows

pytest.importorskip("pdfplumber", reason="the locked environment is not installed")

MOMENT = datetime(2023, 12, 11, 17, tzinfo=UTC)
# What stands in the place of a value.
ODD = [
    *(None, "", True, -1, 0.5, float("nan"), float("inf"), 10**30, -(10**25), 1e300),
    *(2**63, [], {}, "x" * 20_000, "../../etc/passwd", "<script>alert(1)</script>"),
    *("\ud800", "a\x00b", "[/red]", "\x1b[2J", "0001-01-01T00:00:00", "²", "٣" * 10),
    *("9999-12-31T23:59:59", "PT" + "9" * 400 + "M", "1e5", "NaN", "2023-13-45"),
    *("9" * 15, "1e999"),
]
ODDS = {
    "games": [
        {
            "gameId": "0022300001",
            "markets": [
                {
                    "name": "2way",
                    "books": [{"outcomes": [{"type": "home", "odds": "1.9"}]}],
                }
            ],
        }
    ]
}
KEYS = {
    "games": ("game_id",),
    "team_game_stats": ("game_id", "team_id"),
    "player_game_stats": ("game_id", "player_id"),
    "players": ("player_id",),
    "transactions": ("transaction_date", "player_id"),
    "closing_lines": ("game_id",),
}


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> League:
    path = tmp_path_factory.mktemp("league") / "league.sqlite"
    return League(build_small_league(path, FEWER), EVENING)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> LeagueFile:
    return LeagueFile(tmp_path_factory.mktemp("written") / "league.sqlite")


@pytest.fixture(scope="module")
def readers(
    league: League,
) -> list[tuple[str, dict[str, Any], Callable[[bytes], Any]]]:
    def answer(path: str) -> dict[str, Any]:
        return dict(json.loads(league(path) or b""))

    schedule = answer("/scheduleLeagueV2.json")
    games = parse_schedule(json.dumps(schedule).encode()).games
    log = f"/leaguegamelog?Season={SEASON}&SeasonType=Regular+Season&PlayerOrTeam="
    box = answer(f"/boxscore_{games.loc[0, 'game_id']}.json")
    move = {
        "Transaction_Type": "Signing",
        "TRANSACTION_DATE": "2023-11-01T00:00:00",
        "TRANSACTION_DESCRIPTION": "X signed Y to a Two-Way Contract.",
        "TEAM_ID": 1,
        "PLAYER_ID": 7,
        "PLAYER_SLUG": "a-b",
        "Additional_Sort": 2.0,
    }
    moves = {"NBA_Player_Movement": {"rows": [move]}}
    return [
        ("games", schedule, lambda body: parse_schedule(body).games),
        (
            "team_game_stats",
            answer(log + "T"),
            lambda body: team_lines(parse_game_log(body, kind="T"), games).rows,
        ),
        (
            "player_game_stats",
            answer(log + "P"),
            lambda body: player_lines(parse_game_log(body, kind="P"), games).rows,
        ),
        (
            "player_game_stats",
            box,
            lambda body: parse_box_score(body).player_game_stats,
        ),
        (
            "players",
            answer(f"/playerindex?Season={SEASON}"),
            lambda body: parse_player_index(body).players,
        ),
        ("transactions", moves, parse_player_movement),
        ("closing_lines", ODDS, parse_odds),
    ]


def places(found: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    each: Any = found.items() if isinstance(found, dict) else enumerate(found)
    for name, value in each:
        yield (*at, name)
        if isinstance(value, dict | list):
            yield from places(value, (*at, name))


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_odd_value_anywhere_is_named_or_written(
    readers: list[tuple[str, dict[str, Any], Callable[[bytes], Any]]],
    written: LeagueFile,
    data: st.DataObject,
) -> None:
    table, whole, read = data.draw(st.sampled_from(readers))
    body = json.loads(json.dumps(whole))
    # A level is as likely as a value, though there are fewer of them.
    at: list[Any] = []
    inner = body
    while isinstance(inner, dict | list) and len(inner):
        names = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        at.append(data.draw(st.sampled_from(names)))
        holder, inner = inner, inner[at[-1]]
        if data.draw(st.integers(0, 9)) == 0:
            break
    holder[at[-1]] = data.draw(st.sampled_from(ODD))
    try:
        rows_found = read(json.dumps(body).encode())
    except SourceError as error:
        assert len(error.problem) < 600
        return
    written.replace(table, rows_found, KEYS[table], captured_at=MOMENT)


def test_a_bomb_is_not_let_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "_MOST_BYTES", 1 << 20)
    bomb = gzip.compress(b'{"a": "' + b" " * (8 << 20) + b'"}')
    with pytest.raises(SourceError, match="more than 1,048,576 bytes"):
        read_json(bomb, "schedule")
    broken = bomb[:200] + b"\xff" * 50 + bomb[250:]
    with pytest.raises(SourceError, match="damaged"):
        read_json(broken, "schedule")


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer every connection as told, byte by byte."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    with suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def asked(folder: Path, url: str, **how: Any) -> str:
    """Ask once; return what is told of the failure."""
    request = Request("cdn/schedule", "schedule", "cdn", "/a.json", timedelta(hours=1))
    hosts = {"cdn": Host("cdn", url, 1.0)}
    store = Store(folder)
    with (
        Client(store, hosts, sleep=lambda _: None, silence_seconds=2, **how) as asking,
        pytest.raises(SourceError) as error,
    ):
        asking.get(request, check=lambda body: read_json(body, "schedule"))
    return error.value.problem


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", *lines, "", "")).encode()


def test_nobody_is_followed_elsewhere(tmp_path: Path) -> None:
    with serving(lambda path: b'{"mine": 1}') as other:

        def answer(connection: socket.socket) -> None:
            to = f"Location: {other.url}/a.json"
            text = f"HTTP/1.1 302 Found\r\n{to}\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(text.encode())

        with raw_server(answer) as url:
            assert "status 302: sent elsewhere" in asked(tmp_path, url)
        assert other.asked == []


@pytest.mark.parametrize(
    ("scheme", "first"),
    [
        ("https", b"\x16\x03\x03\x40\x00"),
        ("http", b"HTTP/1.1 200 OK\r\nX-Long: "),
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        ("http", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"),
    ],
    ids=["certificate", "headers", "body", "body of any length"],
)
def test_drops_are_not_waited_for(
    scheme: str, first: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "_WHOLE_SECONDS", 0.2)

    def answer(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(100):
            connection.sendall(b" ")
            threading.Event().wait(0.02)

    with raw_server(answer) as url:
        assert "not whole after" in asked(tmp_path, url.replace("http", scheme))


def test_a_body_without_end_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "_MOST_BYTES", 1 << 20)

    def answer(connection: socket.socket) -> None:
        connection.sendall(head("Connection: close"))
        while True:
            connection.sendall(b" " * 65536)

    def packed(connection: socket.socket) -> None:
        body = gzip.compress(b" " * (8 << 20))
        lines = ("Content-Encoding: gzip", f"Content-Length: {len(body)}")
        connection.sendall(head(*lines) + body)

    for endless in (answer, packed):
        with raw_server(endless) as url:
            told = asked(tmp_path / endless.__name__, url)
        assert "more than 1,048,576 bytes" in told


def test_what_a_clock_that_was_ahead_left_is_asked_for_again(tmp_path: Path) -> None:
    request = Request("cdn/schedule", "schedule", "cdn", "/a.json", timedelta(hours=1))
    ahead = MOMENT + timedelta(days=400)
    with serving(lambda path: b'{"a": 1}') as server:
        hosts = {"cdn": Host("cdn", server.url, 1.0)}
        for moment in (ahead, MOMENT):
            store = Store(tmp_path)
            with Client(store, hosts, now=lambda moment=moment: moment) as asking:
                asking.get(request, check=lambda body: None)
                assert asking.clock_differs.startswith("the clock of this machine says")
            for _ in range(3):
                store.note_failure("cdn", now=ahead, most=3, pause=clients.CLOSED_FOR)
        assert len(server.asked) == 2


@pytest.fixture
def stored(tmp_path: Path, league: League) -> Iterator[tuple[Path, StandIn]]:
    """Return a folder in which the season is, and who answers."""
    with serving(league) as server:
        day = EVENING.date() - timedelta(days=2)
        fetcher(tmp_path, server).day(day, day)
        yield tmp_path, server


def test_schedules_of_other_seasons_and_of_few_games_take_nothing_away(
    stored: tuple[Path, StandIn], league: League
) -> None:
    folder, server = stored
    before = rows(folder / "league.sqlite", "games")
    whole = json.loads(league("/scheduleLeagueV2.json") or b"")
    every = whole["leagueSchedule"]["gameDates"]
    # Last season's games beside this one's.
    old = json.loads(json.dumps(every).replace('"00223', '"00222'))
    cases = (
        (every + old, "23 games of other seasons left out"),
        (old, "it is not of 2023-24"),
        (every[:3], "games that are stored; left as they are"),
    )
    for number, (days, told) in enumerate(cases, start=1):
        answered = {"leagueSchedule": {"gameDates": days}}
        server.answer = lambda path, said=answered: (
            json.dumps(said).encode() if "schedule" in path.lower() else league(path)
        )
        later = fetcher(folder, server, after=timedelta(hours=13 * number))
        try:
            later._schedule(SEASON)
        except SourceError as error:
            assert told in error.problem
        else:
            assert told in " ".join(later.result.notes)
        assert rows(folder / "league.sqlite", "games") == before


def test_another_games_box_score_is_not_taken(
    stored: tuple[Path, StandIn], league: League
) -> None:
    folder, server = stored
    before = rows(folder / "league.sqlite", "starters")
    games = [row[0] for row in rows(folder / "league.sqlite", "games")]
    server.answer = lambda path: (
        league(f"/boxscore_{games[0]}.json") if "boxscore_" in path else league(path)
    )
    day = EVENING.date() - timedelta(days=2)
    done = fetcher(folder, server, after=timedelta(hours=13)).day(day, day)
    assert "nothing newer than" in " ".join(done.notes)
    errors = " ".join(task.error or "" for task in Store(folder).tasks())
    assert f"its game_id is {games[0]}, not " in errors
    assert rows(folder / "league.sqlite", "starters") == before


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "x", "https://"])
def test_a_mirror_is_a_web_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="stats_url"):
        Settings(home=tmp_path, stats_url=url)


# A page would be broken by them, a terminal obey, a spreadsheet compute.
NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "=1+1",
    "[/red]x",
    "\x1b[31mred",
)


class Tags(HTMLParser):
    """The tags of a page with their attributes' names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_name_of_an_answer_is_text_on_page_terminal_and_sheet(tmp_path: Path) -> None:
    said = [name.replace("'", "''") for name in NAMES]
    places = (("player_game_stats", "player_name"), ("players", "player_name"))
    statements = [
        f"update {table} set {column} = '{name}' where player_id = "
        f"(select player_id from players order by 1 limit 1 offset {number})"
        for number, name in enumerate(said)
        for table, column in places
    ]
    of_team = "where team_id = (select min(team_id) from teams)"
    statements += [
        f"update teams set team_abbreviation = '{said[0]}' {of_team}",
        f"update injury_reports set reason = '{said[1]}'",
    ]
    path = build_small_league(tmp_path / "source.sqlite", [*FEWER, *statements])
    evening = League(path, EVENING)
    (live,) = evening._rows("select max(game_id) as game_id from games")
    evening.changes[live["game_id"]] = {"gameStatusText": NAMES[0]}
    with serving(evening) as server:
        day = EVENING.date() - timedelta(days=40)
        fetcher(tmp_path, server).day(EVENING.date(), day)
    found = tmp_path / "league.sqlite"
    names = [row[1] for row in rows(found, "players") if row[1] in NAMES]
    assert sorted(names) == sorted(NAMES)
    (team,) = {name for row in rows(found, "teams") for name in row if name in NAMES}
    reasons = {row[-1] for row in rows(found, "injury_reports")} - {None}
    assert NAMES[1] in {reason.replace("\n", "") for reason in reasons}, reasons

    def page(name: str, team: str, *words: str) -> Tags:
        predictions, matchups, players = frames(["a matinee"], MOMENT, 9.0)
        players["player_name"] = [name, f"{name}, too"]
        written = write_gameday_page(
            tmp_path / "page.html",
            predictions=predictions.assign(away_team=team),
            matchups=matchups,
            players=players.assign(team=[team, "BOS"], play_prob=[0.9, 0.1]),
            day=MOMENT.date(),
            model="none",
            unseen=[Unseen("usg", name, 9.0, team)],
            notes=words,
        )
        write_table(players, tmp_path, "players", dict.fromkeys(players, ""))
        return Tags(written.read_text("utf-8"))

    as_ever = page("Somebody", "NYK", *(("word",) * len(reasons)))
    for name in names:
        shown = page(name, team, *reasons)
        assert shown.tags == as_ever.tags
        assert shown.text.count(name) >= 3 and shown.text.count(team) >= 4
        cells = pd.read_csv(tmp_path / "players.csv")["player_name"]
        assert cells[0] == (f"'{name}" if name.startswith("=") else name)
        terminal = Terminal()
        terminal.file = io.StringIO()
        terminal.print(name, *reasons)
        assert terminal.file.getvalue().startswith(plain(name))
