"""Seasons named by one year: dates tell whether it is the first or the last."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.ingest.forms import _season
from ml.ingest.remarks import create_remarks, read_remarks
from ml.ingest.seasons import settle_seasons

Row = tuple[object, str]


def settle(
    games: list[Row], labels: tuple[object, ...] = (), kind: str = "bigint"
) -> tuple[list[str], list[str], int]:
    """Settle rows of ``games`` and of ``player_seasons``, which has no dates."""
    with duckdb.connect() as connection:
        create_remarks(connection)
        connection.execute("create schema found")
        connection.execute("create schema typed")
        connection.execute(
            f"create table found.games (season {kind}, game_date date, _row bigint)"
        )
        connection.execute(
            f"create table found.player_seasons (season {kind}, _row bigint)"
        )
        rows = [(*game, number) for number, game in enumerate(games)]
        connection.executemany("insert into found.games values (?, ?, ?)", rows)
        for number, label in enumerate(labels):
            connection.execute(
                "insert into found.player_seasons values (?, ?)", [label, number]
            )
        for name in ("games", "player_seasons"):
            season = _season("trim(season::varchar)")
            connection.execute(
                f"create table typed.{name} as "
                f"select * replace ({season} as season) from found.{name}"
            )
        settle_seasons(connection)
        settled = [
            [season for (season,) in connection.execute(query).fetchall()]
            for query in (
                "select season from typed.games order by _row",
                "select season from typed.player_seasons order by _row",
            )
        ]
        return settled[0], settled[1], len(read_remarks(connection))


@pytest.mark.parametrize("kind", ["bigint", "double", "varchar"])
def test_the_year_in_which_a_season_ends_is_known_by_its_dates(kind: str) -> None:
    games = [(2024, "2023-10-24"), (2024, "2024-01-15"), (2000, "1999-11-02")]
    settled = settle(games, (2023, 2024), kind)
    assert settled == (["2023-24", "2023-24", "1999-00"], ["2022-23", "2023-24"], 2)


def test_other_forms_and_the_year_of_the_beginning_are_as_they_were() -> None:
    games = [(2023, "2023-10-24"), (2023, "2024-01-15"), (2019, "2020-09-01")]
    assert settle(games, (2022,)) == (["2023-24", "2023-24", "2019-20"], ["2022-23"], 0)
    written = [("2022-23", "2023-10-24"), ("22022", "2024-01-15")]
    assert settle(written, kind="varchar") == (["2022-23", "2022-23"], [], 0)


@given(
    years=st.lists(st.integers(1950, 2090), min_size=1, max_size=5),
    days=st.lists(st.integers(0, 240), min_size=1, max_size=5),
    is_last=st.booleans(),
)
@settings(deadline=None, max_examples=15)
def test_whichever_year_names_it_a_season_is_the_same(
    years: list[int], days: list[int], is_last: bool
) -> None:
    games = [
        (year + is_last, str(date(year, 10, 15) + timedelta(days=day)))
        for year in years
        for day in days
    ]
    expected = [f"{year}-{(year + 1) % 100:02d}" for year in years for _ in days]
    assert settle(games)[0] == expected
