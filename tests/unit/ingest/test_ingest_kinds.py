"""Which games count as what, which scores are results, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from small_league import build_small_league

from ml.ingest.contract import (
    CUP_FINAL,
    PLAY_IN,
    PLAYOFFS,
    REGULAR_SEASON,
    SEASON_TYPES,
)
from ml.ingest.finality import settle_results
from ml.ingest.kinds import (
    ALL_STAR,
    KIND_BY_PREFIX,
    PRE_SEASON,
    UNKNOWN_TEAMS,
    kind_by_id,
    kind_by_label,
    settle_kinds,
)
from ml.ingest.quarantine import games_set_aside
from ml.ingest.remarks import create_remarks, read_remarks
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary
from ml.settings import Settings

SPELLINGS = {
    REGULAR_SEASON: (
        *("Regular Season", "regular season", "Regular", "regular", "REGULAR_SEASON"),
        *("RegularSeason", "reg", "2", "2.0", "002", "2023-24 Regular Season"),
        *("R", "Reg. Season", "season", "Seeding Games"),
    ),
    PLAY_IN: (
        *("PlayIn", "Play-In", "Play In Tournament", "play-in tournament", "play_in"),
        *("Play-In Game", "SoFi Play-In Tournament", "5", "5.0"),
    ),
    PLAYOFFS: (
        *("Playoffs", "playoffs", "PLAYOFF", "Postseason", "Post Season", "4", "P"),
        *("East First Round", "Conf. Semifinals", "Conference Finals", "NBA Finals"),
    ),
    PRE_SEASON: ("Pre Season", "Preseason", "Pre-Season", "pre season", "1"),
    ALL_STAR: ("All Star", "All-Star", "allstar", "NBA All-Star Game", "Rising Stars"),
    CUP_FINAL: (
        *("IST", "In-Season Tournament", "In Season Tournament", "NBA Cup", "6"),
        *("Emirates NBA Cup", "Emirates NBA Cup Championship"),
        "In-Season Tournament Semifinals",
    ),
}
BOX = "game_id, season_type, wl, min"


@dataclass(frozen=True)
class Game:
    """A row of ``games`` with what the checks look at."""

    game_id: str = "0022300001"
    season_type: str | None = REGULAR_SEASON
    game_date: str = "2024-01-10"
    tipoff_et: str | None = "2024-01-10 19:30"
    home: int | None = 1
    away: int | None = 2
    score: tuple[int | None, int | None] = (None, None)
    periods: int | None = None
    status: str | None = None


@dataclass(frozen=True)
class Settled:
    """What became of the rows."""

    games: dict[str, dict[str, Any]]
    boxes: list[tuple[Any, ...]]
    ignored: dict[tuple[str, str], int]
    notes: tuple[str, ...]


def settle(
    *games: Game,
    boxes: tuple[tuple[str, str | None, str | None, int], ...] = (),
    stored: tuple[str, ...] = (),
    as_of: datetime | None = None,
) -> Settled:
    """Settle rows of ``games``, and of ``team_game_stats``: `BOX`."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        create_remarks(connection)
        connection.execute("create schema found")
        connection.execute("create schema typed")
        connection.execute("create schema stored")
        connection.execute(
            "create table faults "
            "(table_name varchar, _row bigint, stage integer, rule varchar)"
        )
        columns = (
            "game_id varchar, season varchar, season_type varchar, game_date date, "
            "tipoff_et timestamp, home_team_id bigint, away_team_id bigint, "
            "home_pts bigint, away_pts bigint, periods bigint, status varchar"
        )
        connection.execute(f"create table typed.games ({columns}, _row bigint)")
        connection.execute(f"create table stored.games ({columns})")
        for row, game in enumerate(games):
            values: list[Any] = [game.game_id, "2023-24", game.season_type]
            values += [game.game_date, game.tipoff_et, game.home, game.away]
            values += [*game.score, game.periods, game.status]
            marks = ", ".join("?" * len(values))
            connection.execute(
                f"insert into typed.games values ({marks}, ?)", [*values, row]
            )
            if game.game_id in stored:
                values[7:10] = [100, 90, 4]
                connection.execute(f"insert into stored.games values ({marks})", values)
        for name in ("team_game_stats", "player_game_stats"):
            connection.execute(
                f"create table typed.{name} (game_id varchar, season_type varchar, "
                "wl varchar, min bigint, _row bigint)"
            )
        for row, box in enumerate(boxes):
            connection.execute(
                "insert into typed.team_game_stats values (?, ?, ?, ?, ?)", [*box, row]
            )
        for name in ("starters", "impact_lineup_stints", "closing_lines"):
            connection.execute(
                f"create table typed.{name} (game_id varchar, _row bigint)"
            )
        connection.execute(
            "create table typed.injury_reports (game_date date, _row bigint)"
        )
        connection.execute(
            "create table found.team_game_stats as from typed.team_game_stats"
        )
        settle_kinds(connection)
        settle_results(connection, as_of=as_of)
        notes = tuple(remark.line for remark in read_remarks(connection))
        found = connection.execute("from typed.games order by _row").to_arrow_table()
        counts = connection.execute(
            "select table_name, kind, count(*) from ignored group by all"
        ).fetchall()
        return Settled(
            {row["game_id"]: row for row in found.to_pylist()},
            connection.execute(
                f"select {BOX} from typed.team_game_stats order by _row"
            ).fetchall(),
            {(table, kind): n_rows for table, kind, n_rows in counts},
            notes,
        )


def is_played(settled: Settled, game_id: str = "0022300001") -> bool:
    return settled.games[game_id]["home_pts"] is not None


def by_label(label: str) -> str:
    query = f"select {kind_by_label('$label')}"
    return str(duckdb.execute(query, {"label": label}).fetchall()[0][0])


@pytest.mark.parametrize(
    ("kind", "label"), [(k, label) for k, v in SPELLINGS.items() for label in v]
)
def test_a_kind_is_known_however_it_is_spelled(kind: str, label: str) -> None:
    assert by_label(label) == kind


@hypothesis_settings(deadline=None)
@given(
    label=st.sampled_from([label for v in SPELLINGS.values() for label in v]),
    gap=st.sampled_from(["", " ", "-", "_"]),
    big=st.booleans(),
)
def test_case_and_signs_make_no_other_kind(label: str, gap: str, big: bool) -> None:
    written = label.upper() if big else label.lower()
    assert by_label(written.replace(" ", gap)) == by_label(label)


@pytest.mark.parametrize(("prefix", "kind"), KIND_BY_PREFIX.items())
def test_the_leagues_ids_tell_the_kind(prefix: str, kind: str) -> None:
    game_id = f"{prefix}2300001"
    query = f"select {kind_by_id('$id')}"
    assert duckdb.execute(query, {"id": game_id}).fetchall() == [(kind,)]
    settled = settle(Game(game_id, None))
    if kind in SEASON_TYPES:
        assert settled.games[game_id]["season_type"] == kind
    else:
        assert settled.ignored == {("games", kind): 1}


def test_what_is_ignored_takes_its_rows_along() -> None:
    settled = settle(
        Game("0012300001", "Pre Season"),
        Game("0022300001", "Regular Season"),
        Game("0000000001", "Summer League"),
        boxes=(
            ("0012300001", "Pre Season", "W", 240),
            # Of no game in the file, and yet plainly of the pre-season.
            ("0012300077", "Pre Season", "W", 240),
            ("0022300001", "regular", "W", 240),
        ),
    )
    assert list(settled.games) == ["0022300001"]
    assert settled.boxes == [("0022300001", REGULAR_SEASON, "W", 240)]
    assert settled.ignored == {
        ("games", PRE_SEASON): 1,
        ("games", "Summer League"): 1,
        ("team_game_stats", PRE_SEASON): 2,
    }


def test_an_id_that_contradicts_its_label_is_reported_and_believed() -> None:
    ids = [f"00223{number:05d}" for number in range(1, 6)]
    settled = settle(*map(Game, ids), Game("0052300001", "Playoffs"))
    assert settled.games["0052300001"]["season_type"] == PLAY_IN
    assert settled.notes == (
        "games.season_type: 1 × Playoffs by label and PlayIn by id, counts as PlayIn; "
        "found '0052300001'",
    )


def test_ids_that_mostly_contradict_the_labels_are_not_the_leagues() -> None:
    games = [Game(f"00112345{number:02d}", "Regular Season") for number in range(4)]
    settled = settle(*games)
    assert [game["season_type"] for game in settled.games.values()] == 4 * [
        REGULAR_SEASON
    ]
    assert not settled.notes


def test_games_of_the_cup_before_its_final_are_of_the_regular_season() -> None:
    days = ("2023-11-03", "2023-12-04", "2023-12-09")
    own = settle(*(Game(f"90000000{day[-2:]}", "IST", day, None) for day in days))
    kinds = [game["season_type"] for game in own.games.values()]
    assert kinds == [REGULAR_SEASON, REGULAR_SEASON, CUP_FINAL]
    league = settle(Game("0022300001", "NBA Cup"), Game("0062300001", "NBA Cup"))
    kinds = [game["season_type"] for game in league.games.values()]
    assert kinds == [REGULAR_SEASON, CUP_FINAL]
    assert not league.notes


@pytest.mark.parametrize("nobody", [0, None])
def test_a_pairing_that_is_not_known_yet_is_no_fault(nobody: int | None) -> None:
    settled = settle(Game(home=nobody), Game("0022300002"))
    assert list(settled.games) == ["0022300002"]
    assert settled.ignored == {("games", UNKNOWN_TEAMS): 1}


FINAL = Game(score=(101, 99), periods=4)
WON_AND_LOST = (
    ("0022300001", REGULAR_SEASON, "W", 240),
    ("0022300001", REGULAR_SEASON, "L", 240),
)
OTHER_GAME = Game("0022300002", score=(90, 80), periods=4)
OTHER_BOXES = (
    ("0022300002", REGULAR_SEASON, "W", 240),
    ("0022300002", REGULAR_SEASON, "L", 240),
)


def test_a_final_score_is_a_result() -> None:
    settled = settle(FINAL, OTHER_GAME, boxes=WON_AND_LOST + OTHER_BOXES)
    assert is_played(settled)
    assert len(settled.boxes) == 4
    assert not settled.notes


@pytest.mark.parametrize(
    ("game", "wl", "minutes", "word"),
    [
        (Game(score=(55, 51), periods=2), None, 120, "periods"),
        (Game(score=(95, 93), periods=4), None, 240, "wl"),
        (Game(score=(95, 95), periods=4), "W", 240, "tie"),
        (Game(score=(95, 93), periods=4, status="2"), None, 240, "live"),
        (Game(score=(95, 93), periods=4, status="Q4 2:31"), None, 240, "live"),
        (Game(score=(95, 93), periods=4, status="PPD"), None, 240, "postponed"),
    ],
)
def test_a_score_without_a_final_state_is_none(
    game: Game, wl: str | None, minutes: int, word: str
) -> None:
    own = tuple(("0022300001", REGULAR_SEASON, wl, minutes) for _ in range(2))
    settled = settle(game, OTHER_GAME, boxes=own + OTHER_BOXES)
    assert not is_played(settled)
    assert is_played(settled, "0022300002")
    assert {box[0] for box in settled.boxes} == {"0022300002"}
    assert word in settled.notes[0]
    assert "0022300001" in settled.notes[0]


@pytest.mark.parametrize("status", ["Final", "3", "3.0", "F/OT", "Game Over"])
def test_a_final_status_needs_no_other_word(status: str) -> None:
    game = Game(score=(95, 93), periods=4, status=status)
    settled = settle(game, OTHER_GAME, boxes=OTHER_BOXES)
    assert is_played(settled)
    assert settled.games["0022300001"]["status"] is None


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        *((word, "postponed") for word in ("PPD", "Postponed", "STATUS_POSTPONED")),
        *((word, "cancelled") for word in ("Canceled", "CANC", "Not Necessary")),
        *((word, None) for word in ("7:30 pm ET", "1", "Scheduled", "If Necessary")),
    ],
)
def test_of_a_status_is_kept_what_says_that_a_game_will_not_be_played(
    status: str, kept: str | None
) -> None:
    settled = settle(Game(status=status))
    assert settled.games["0022300001"]["status"] == kept
    assert not settled.notes


def test_of_a_game_that_was_put_off_the_new_date_counts() -> None:
    old = Game(status="Postponed")
    for new in (Game(game_date="2024-02-10"), FINAL):
        settled = settle(old, new, boxes=WON_AND_LOST, stored=())
        assert settled.ignored.get(("games", "postponed")) == 1
        game = settled.games["0022300001"]
        assert game["game_date"].isoformat() == new.game_date
        assert game["status"] is None
    assert settle(old).games["0022300001"]["status"] == "postponed"


def test_a_status_of_no_known_word_says_nothing_and_is_named() -> None:
    settled = settle(Game(score=(95, 93), periods=4, status="glorious"))
    assert is_played(settled)
    assert "'glorious'" in settled.notes[0]


def test_points_of_nobody_are_no_news() -> None:
    settled = settle(Game(score=(0, 0), periods=0))
    assert not is_played(settled)
    assert settled.games["0022300001"]["periods"] is None
    assert not settled.notes


@pytest.mark.parametrize(
    ("hour", "wl", "played"),
    # Tip-off is at 00:30 UTC. Two hours may be a whole game, if something says so.
    [
        (1, "W", False),
        (2, "W", True),
        (2, None, False),
        (3, None, False),
        (4, None, True),
    ],
)
def test_no_game_is_over_before_it_can_have_ended(
    hour: int, wl: str | None, played: bool
) -> None:
    boxes = () if wl is None else WON_AND_LOST
    settled = settle(FINAL, boxes=boxes, as_of=datetime(2024, 1, 11, hour, 15))
    assert is_played(settled) == played


def test_a_stored_result_is_not_taken_back_by_a_game_that_goes_on() -> None:
    settled = settle(Game(score=(55, 51), periods=2), stored=("0022300001",))
    assert not settled.games
    assert settled.ignored == {("games", "no final result"): 1}


def test_the_next_ingest_brings_the_final(tmp_path: Path) -> None:
    """Two games of the last day are on: their score is none, and then it is."""
    settings = Settings(home=tmp_path / "home", threads=2)
    on = [
        "update games set home_pts = 60, away_pts = 58, periods = 3 where rowid >= 59",
        "update team_game_stats set wl = null, min = 180 where rowid >= 117",
        "update player_game_stats set wl = null where game_id >= '0022300059'",
        "insert into games values ('0012300001', '2023-24', 'Pre Season', "
        "'2023-10-08', '2023-10-08 19:00:00', 99, 98, 100, 90, 4)",
        "insert into games values ('0022300901', '2023-24', 'Regular Season', "
        "'2023-12-12', null, 0, 0, null, null, null)",
    ]
    unknown = [
        "insert into games select '0000000001', season, 'Classic', game_date, "
        "tipoff_et, home_team_id, away_team_id, null, null, null "
        "from games where rowid = 62",
        "insert into games select '0000000002', season, 'Classic', game_date, "
        "tipoff_et, home_team_id, away_team_id, 100, 90, 4 from games where rowid = 1",
    ]
    twice = [
        "insert into games select '0022300999', season, season_type, game_date, "
        "tipoff_et, home_team_id, away_team_id, null, null, null "
        "from games where rowid = 61"
    ]
    years_later = [
        "insert into games select '0023100001', '2031-32', season_type, '2031-11-01', "
        "null, home_team_id, away_team_id, null, null, null from games where rowid = 61"
    ]
    rows = [*on, *unknown, *twice, *years_later]
    evening = ingest(build_small_league(tmp_path / "evening.sqlite", rows), settings)
    # One of the two may have to be forecast: the day says that it is not.
    (missing,) = games_set_aside(settings, None, None)
    assert str(missing).startswith("game 0000000001 of 2023-12-")
    assert str(missing).endswith(": unknown_kind (season_type)")
    (remark,) = [each for each in evening.remarks if each.column == "game_id"]
    assert remark.n_rows == 1
    assert remark.example.startswith("0022300061 and 0022300999 of 2023-12-")
    played = "select count(*) from raw.games where home_pts is not null"
    assert count(settings, played) == 58
    assert count(settings, "select count(*) from raw.games") == 64
    assert count(settings, "select count(*) from raw.quarantine") == 1
    tables = {table.name: table for table in evening.tables}
    assert tables["games"].ignored == {PRE_SEASON: 1, UNKNOWN_TEAMS: 1, "Classic": 2}
    assert tables["team_game_stats"].ignored == {"no final result": 4}
    assert found_adds_up(evening)
    morning = ingest(build_small_league(tmp_path / "morning.sqlite"), settings)
    tables = {table.name: table for table in morning.tables}
    assert (tables["games"].finished, tables["games"].changed) == (2, 0)
    assert count(settings, played) == 60
    corrected = "select count(*) from raw.team_game_stats where known_at is not null"
    assert count(settings, corrected) == 0


def test_a_warehouse_without_the_optional_columns_gets_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", threads=2)
    ingest(build_small_league(tmp_path / "old.sqlite"), settings)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("alter table raw.games drop column status")
        warehouse.execute("alter table raw.games drop column is_neutral_site")
        warehouse.execute(
            "update raw.ingests set summary = replace(summary, "
            "'fingerprint\": \"', 'fingerprint\": \"other')"
        )
    postponed = [
        "alter table games add column status text",
        "alter table games add column is_neutral_site integer",
        "update games set status = 'PPD' where rowid = 61",
        "update games set is_neutral_site = 1 where rowid = 62",
    ]
    ingest(build_small_league(tmp_path / "new.sqlite", postponed), settings)
    current = "select count(*) from raw.games where superseded_at is null and "
    assert count(settings, current + "status = 'postponed'") == 1
    assert count(settings, current + "is_neutral_site = 1") == 1


def count(settings: Settings, query: str) -> int:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return int(warehouse.execute(query).fetchall()[0][0])


def found_adds_up(summary: IngestSummary) -> bool:
    return all(
        table.found
        == table.new
        + table.changed
        + table.finished
        + table.unchanged
        + table.n_quarantined
        + table.n_ignored
        for table in summary.tables
    )
