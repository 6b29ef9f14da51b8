"""After any sequence of ingests, what was known at any moment can be asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.ingest import checks, history
from ml.ingest.contract import table

TABLE = table("player_seasons")
START = datetime(2024, 1, 1)

# What a source says of a few players: an age, nothing (absent), or a bad row.
SOURCES = st.dictionaries(
    st.integers(1, 5), st.sampled_from([None, 20.0, 21.0, 22.0, "bad"]), max_size=5
)


class Warehouse:
    """The steps of an ingest from the good rows on, for one table, in memory."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as warehouse")
        self.connection.execute("create schema warehouse.raw")

    def ingest(self, source: dict[int, float | str | None], as_of: datetime) -> object:
        connection = self.connection
        for schema in ("stored", "unchanged", "fresh", "changed", "typed", "good"):
            connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute(
            "create or replace table faults "
            "(table_name varchar, _row bigint, stage integer, rule varchar)"
        )
        connection.execute(
            "create or replace table ignored "
            "(table_name varchar, _row bigint, kind varchar)"
        )
        connection.execute("create schema typed")
        connection.execute("create schema good")
        connection.execute(
            "create table typed.player_seasons (player_id bigint, season varchar, "
            "position varchar, age double, _row bigint)"
        )
        for row, (player_id, age) in enumerate(source.items()):
            value = None if age == "bad" else age
            connection.execute(
                "insert into typed.player_seasons values (?, '2023-24', 'C', ?, ?)",
                [player_id, value, row],
            )
            if age == "bad":
                connection.execute(
                    "insert into faults values ('player_seasons', ?, 1, 'bad')", [row]
                )
        connection.execute(
            "create table good.player_seasons as select * from typed.player_seasons "
            "where _row not in (select _row from faults)"
        )
        history.load_stored(connection, exists=True)
        connection.execute("create schema unchanged")
        checks.find_unchanged(connection, TABLE)
        (summary,) = history.compare(connection, {})
        history.write_history(connection, as_of=as_of)
        return summary

    def known(self, at: datetime) -> dict[int, float | None]:
        rows = self.connection.execute(
            "select player_id, age from warehouse.raw.player_seasons "
            "where (known_at is null or known_at <= $at) "
            "and (superseded_at is null or superseded_at > $at)",
            {"at": at},
        ).fetchall()
        found = dict(rows)
        assert len(found) == len(rows), "two versions at one moment"
        return found


def one_table(monkeypatch) -> None:
    monkeypatch.setattr(history, "CONTRACT", (TABLE,))
    monkeypatch.setattr(history, "restate_ids", lambda connection: None)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sources=st.lists(SOURCES, min_size=1, max_size=5))
def test_what_was_known_at_any_moment_is_what_the_newest_source_said(
    monkeypatch, sources
) -> None:
    one_table(monkeypatch)
    warehouse = Warehouse()
    truth: dict[int, list[tuple[int, float | None]]] = {}
    for step, source in enumerate(sources):
        moment = START + timedelta(days=step)
        stored = {player: ages[-1][1] for player, ages in truth.items()}
        good = {player: age for player, age in source.items() if age != "bad"}
        summary = warehouse.ingest(source, moment)
        assert summary.found == len(source)
        assert summary.new == len(good.keys() - stored.keys())
        assert summary.changed == sum(
            player in stored and stored[player] != age for player, age in good.items()
        )
        assert summary.disappeared == len(stored.keys() - source.keys())
        assert summary.n_quarantined == len(source) - len(good)
        assert summary.found == (
            summary.new + summary.changed + summary.unchanged + summary.n_quarantined
        )
        for player, age in good.items():
            # A first version is known from its natural moment, whenever it came.
            if player not in truth:
                truth[player] = [(-1, age)]
            elif truth[player][-1][1] != age:
                truth[player].append((step, age))
    for step in range(-1, len(sources)):
        expected = {
            player: [age for since, age in ages if since <= step][-1]
            for player, ages in truth.items()
        }
        assert warehouse.known(START + timedelta(days=step)) == expected


def test_the_same_source_again_changes_nothing(monkeypatch) -> None:
    one_table(monkeypatch)
    warehouse = Warehouse()
    source = {1: 20.0, 2: None}
    warehouse.ingest(source, START)
    before = warehouse.connection.execute(
        "from warehouse.raw.player_seasons"
    ).fetchall()
    summary = warehouse.ingest(source, START + timedelta(days=1))
    after = warehouse.connection.execute("from warehouse.raw.player_seasons").fetchall()
    assert (summary.new, summary.changed, summary.unchanged) == (0, 0, 2)
    assert after == before


def test_two_corrections_of_one_moment_leave_the_last(monkeypatch) -> None:
    one_table(monkeypatch)
    warehouse = Warehouse()
    for age in (20.0, 21.0, 22.0):
        warehouse.ingest({1: age}, START)
    assert warehouse.known(START - timedelta(seconds=1)) == {1: 20.0}
    assert warehouse.known(START) == {1: 22.0}
