"""Moments are read on their clock; a file on another clock is refused; dates agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.errors import ContractError
from ml.ingest.clocks import require_eastern
from ml.ingest.contract import Column
from ml.ingest.dates import settle_dates
from ml.ingest.forms import clock_of, day_of, moment_of
from ml.ingest.remarks import create_remarks, read_remarks
from ml.ingest.typed import _typed

EASTERN = ZoneInfo("America/New_York")
TIPOFF = Column("tipoff_et", "timestamp", "")
HOURS = ("19:00", "19:30", "20:00", "22:00")
WRITE = {
    "naive": lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    "offset": lambda at: at.isoformat(),
    "short offset": lambda at: at.strftime("%Y-%m-%d %H:%M%z"),
    "utc_z": lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "utc": lambda at: at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    "et_z": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "seconds": lambda at: str(int(at.timestamp())),
    "milliseconds": lambda at: f"{at.timestamp() * 1000}",
    "american": lambda at: at.strftime("%m/%d/%Y %I:%M:%S %p"),
    "in words": lambda at: at.strftime("%b %d, %Y %I:%M %p et"),
    "zone's name": lambda at: at.strftime("%Y-%m-%dT%H:%M:%S[America/New_York]"),
}
RIGHT = tuple(name for name in WRITE if name not in {"utc", "et_z"})


def read(expression: str, text: str) -> datetime | None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        query = f"select {expression}"
        return connection.execute(query, {"text": text}).fetchall()[0][0]


def check(texts: list[str], dates: list[date], n_over: int = 0) -> tuple[str, ...]:
    """Judge a file of these tip-offs, the first `n_over` of them of games over."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        create_remarks(connection)
        connection.execute("create schema found")
        connection.execute("create schema typed")
        connection.execute("create table found.games (tipoff_et varchar, _row bigint)")
        connection.executemany(
            "insert into found.games values (?, ?)",
            [[t, n] for n, t in enumerate(texts)],
        )
        connection.execute(
            "create table typed.games (season varchar, home_pts bigint, "
            "game_date date, tipoff_et timestamp, _row bigint)"
        )
        connection.executemany(
            "insert into typed.games values ('2023-24', ?, ?, null, ?)",
            [[100 if n < n_over else None, day, n] for n, day in enumerate(dates)],
        )
        connection.execute(
            f"update typed.games as games set tipoff_et = {moment_of(TIPOFF, 'told')} "
            "from (select tipoff_et as told, _row from found.games) as found "
            "where games._row = found._row"
        )
        require_eastern(connection)
        return tuple(remark.line for remark in read_remarks(connection))


def evenings(
    n_days: int, first: date, hours: tuple[str, ...] = HOURS
) -> list[datetime]:
    return [
        datetime.fromisoformat(f"{first + timedelta(day)} {hour}").replace(
            tzinfo=EASTERN
        )
        for day in range(n_days)
        for hour in hours
    ]


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), st.integers(-12, 14))
def test_an_offset_is_honoured(moment: datetime, hours: int) -> None:
    moment = moment.replace(microsecond=0)
    zone = timezone(timedelta(hours=hours))
    text = moment.replace(tzinfo=zone).isoformat()
    expected = moment.replace(tzinfo=zone).astimezone(EASTERN).replace(tzinfo=None)
    assert read(moment_of(TIPOFF, "$text"), text) == expected


@pytest.mark.parametrize("written", RIGHT)
def test_every_way_to_write_a_moment_is_read_alike(written: str) -> None:
    at = datetime(2024, 3, 10, 19, 30, tzinfo=EASTERN)
    moment = read(moment_of(TIPOFF, "$text"), WRITE[written](at))
    assert moment == datetime(2024, 3, 10, 19, 30)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("7:30 PM", time(19, 30)),
        ("7:30p", time(19, 30)),
        ("12:05 a.m. ET", time(0, 5)),
        ("19:30", time(19, 30)),
        # In the morning or in the evening?
        ("7:30", None),
        ("TBD", None),
    ],
)
def test_a_clock_without_a_date_is_of_the_games_day(
    text: str, clock: time | None
) -> None:
    assert read(clock_of("$text"), text) == clock
    found = f"select {_typed(TIPOFF, 'VARCHAR')} from trimmed"
    with duckdb.connect() as connection:
        connection.execute("create table trimmed (game_date text, tipoff_et text)")
        connection.execute("insert into trimmed values ('20240115', $1)", [text])
        day = date(2024, 1, 15)
        expected = None if clock is None else datetime.combine(day, clock)
        assert connection.execute(found).fetchall() == [(expected,)]


def test_a_moment_of_utc_stays_utc() -> None:
    seen = moment_of(Column("observed_at_utc", "timestamp", ""), "$text")
    assert read(seen, "2024-01-15T19:30:00-05:00") == datetime(2024, 1, 16, 0, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15",
        "2024-01-15T00:00:00Z",
        "2024-01-15T00:00:00-05:00",
        "2024-01-15T05:00:00Z",
    ],
)
def test_a_day_may_be_written_as_its_midnight(text: str) -> None:
    day = day_of(Column("game_date", "date", ""), "$text")
    assert read(day, text) == datetime(2024, 1, 15)


@pytest.mark.parametrize("written", RIGHT)
@pytest.mark.parametrize("n_days", [1, 60])
def test_a_file_of_evenings_is_taken(written: str, n_days: int) -> None:
    games = evenings(n_days, date(2024, 1, 2))
    assert not check([WRITE[written](at) for at in games], [at.date() for at in games])


@pytest.mark.parametrize("first", [date(2024, 1, 2), date(2023, 10, 24)])
@pytest.mark.parametrize("n_days", [1, 60])
def test_a_file_in_utc_that_does_not_say_so_is_refused(
    first: date, n_days: int
) -> None:
    games = evenings(n_days, first)
    with pytest.raises(ContractError, match="tipoff_et") as caught:
        check([WRITE["utc"](at) for at in games], [at.date() for at in games])
    assert "|| 'Z'" in caught.value.remedy


def test_a_schedule_in_utc_behind_a_season_in_eastern_is_refused() -> None:
    games = evenings(100, date(2023, 11, 1))
    texts = [WRITE["naive"](at) for at in games[:-4]]
    texts += [WRITE["utc"](at) for at in games[-4:]]
    with pytest.raises(ContractError, match="tipoff_et"):
        check(texts, [at.date() for at in games], n_over=len(games) - 4)


def test_eastern_time_with_a_false_z_is_refused_or_asked_about() -> None:
    games = evenings(60, date(2024, 1, 2))
    with pytest.raises(ContractError, match="18:15") as caught:
        check([WRITE["et_z"](at) for at in games], [at.date() for at in games])
    assert "substr" in caught.value.remedy
    few = games[:4]
    (remark,) = check([WRITE["et_z"](at) for at in few], [at.date() for at in few])
    assert "is it true?" in remark


@pytest.mark.parametrize(
    "hours", [("12:00", "14:30", "17:00", "20:00", "22:30"), ("14:00",), ("06:00",)]
)
def test_matinees_and_games_abroad_are_taken(hours: tuple[str, ...]) -> None:
    games = evenings(1, date(2024, 1, 11), hours)
    assert not check([WRITE["naive"](at) for at in games], [at.date() for at in games])


def test_a_date_of_utc_is_refused() -> None:
    games = evenings(10, date(2024, 1, 2))
    days = [at.date() + timedelta(1) for at in games]
    with pytest.raises(ContractError, match="game_date"):
        check([WRITE["naive"](at) for at in games], days)


@pytest.mark.parametrize("text", ["2024-01-15 00:00:00", "2024-01-15T00:00:00.000Z"])
def test_midnight_is_no_tipoff(text: str) -> None:
    remarks = check([text], [date(2024, 1, 15)])
    assert "counts as unknown" in remarks[0]


@pytest.mark.parametrize(
    ("in_games", "in_boxes", "settled"),
    [
        ("2024-01-12", "2024-01-10", "2024-01-12"),
        ("2024-01-10", "2024-01-12", "2024-01-12"),
        # A day's difference is another clock's.
        ("2024-01-10", "2024-01-11", "2024-01-10"),
    ],
)
def test_a_game_that_was_put_off_has_one_date(
    in_games: str, in_boxes: str, settled: str
) -> None:
    with duckdb.connect() as connection:
        create_remarks(connection)
        connection.execute("create schema typed")
        connection.execute(
            "create table typed.games as select 'g' as game_id, 0 as _row, 100 as "
            f"home_pts, date '{in_games}' as game_date, "
            f"timestamp '{in_games} 19:30:00' as tipoff_et"
        )
        for name in ("team_game_stats", "player_game_stats", "closing_lines"):
            connection.execute(
                f"create table typed.{name} as select 'g' as game_id, "
                f"date '{in_boxes}' as game_date from range(2)"
            )
        settle_dates(connection)
        assert connection.execute(
            "select game_date::varchar, tipoff_et::varchar from typed.games"
        ).fetchall() == [(settled, f"{settled} 19:30:00")]
        for name in ("team_game_stats", "player_game_stats", "closing_lines"):
            assert connection.execute(
                f"select distinct game_date::varchar from typed.{name}"
            ).fetchall() == [(settled,)]
        assert read_remarks(connection)
