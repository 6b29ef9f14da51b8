"""What each table last brought: one that stops is an alarm within days."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ml.ingest.contract import CONTRACT
from ml.monitor.tables import (
    ALARM_GAME_DAYS,
    BY_DAY,
    BY_GAME,
    BY_SEASON,
    NOT_WATCHED,
    SILENT_GAME_DAYS,
    by_game,
    by_season,
)


def days_of_games(n_days: int, *, rows: Callable[[int], bool]) -> pd.DataFrame:
    """Make five games a day; `rows` says of which days a table tells."""
    days = pd.date_range("2023-11-01", periods=n_days)
    games = pd.DataFrame({"game_date": days.repeat(5), "season": "2023-24"})
    told = [rows(number) for number in range(n_days)]
    return games.assign(season_type="Regular Season", has_rows=np.repeat(told, 5))


def is_late(games: pd.DataFrame, table: str = "starters") -> bool:
    found = by_game(table, games)
    return found is not None and found.is_overdue


@given(st.integers(20, 90), st.integers(0, 40))
def test_a_table_that_stops_is_an_alarm_on_the_fourth_day_of_games(
    until: int, silent: int
) -> None:
    games = days_of_games(until + silent, rows=lambda day: day < until)
    found = by_game("starters", games)
    assert found is not None
    last = pd.Timestamp("2023-11-01") + timedelta(days=until - 1)
    assert (found.newest, found.n_silent) == (f"{last:%Y-%m-%d}", silent)
    assert found.is_overdue == (SILENT_GAME_DAYS < silent <= ALARM_GAME_DAYS)
    back = days_of_games(
        until + silent + 1, rows=lambda d: d < until or d >= until + silent
    )
    assert not is_late(back)


@given(st.integers(2, 12), st.integers(0, 30))
def test_a_table_with_gaps_is_asked_for_a_longer_one(gap: int, silent: int) -> None:
    until = 20 * gap + 1
    games = days_of_games(until + silent, rows=lambda d: d < until and d % gap == 0)
    assert is_late(games) == (silent > max(gap - 1, SILENT_GAME_DAYS))


def test_a_table_that_never_was_there_or_tells_of_other_games_is_no_alarm() -> None:
    games = days_of_games(80, rows=lambda _: False)
    assert by_game("starters", games) is None
    # Play-offs, of which it never told.
    of_others = games.assign(has_rows=games["game_date"] < "2023-12-20")
    kind = np.where(of_others["has_rows"], "Regular Season", "Playoffs")
    assert not is_late(of_others.assign(season_type=kind))
    stopped = days_of_games(30, rows=lambda day: day < 20)
    assert not is_late(stopped, "closing_lines")  # a benchmark: shown, not an alarm


def test_a_table_that_tells_of_a_few_games_of_a_day_has_stopped() -> None:
    games = days_of_games(40, rows=lambda _: True)
    few = (games["game_date"] >= "2023-12-04") & (games.index % 5 > 0)
    assert is_late(games.assign(has_rows=~few))


def test_labels_of_last_season_are_missed_in_this_one() -> None:
    old = days_of_games(30, rows=lambda _: True).assign(season="2022-23")
    new = days_of_games(4, rows=lambda _: True)
    games = pd.concat([old, new.assign(game_date=new["game_date"] + timedelta(300))])
    older = old.assign(season="2021-22")
    every = pd.concat([older, games])
    labels = frozenset({"2021-22"})
    found = by_season("player_seasons", every, labels)
    assert found is not None and found.is_overdue
    assert found.newest == "2021-22"
    first_days = every[every["game_date"] < games["game_date"].max()]
    for seasons, of in (
        (labels | {"2022-23"}, every),
        (labels, first_days),
        (frozenset[str](), every),
        (labels, pd.concat([older, old])),
    ):
        late = by_season("player_seasons", of, seasons)
        assert late is None or not late.is_overdue


def test_every_table_of_the_contract_is_watched_or_not_on_purpose() -> None:
    named = [*BY_GAME, *BY_DAY, *BY_SEASON, *NOT_WATCHED]
    assert sorted(named) == sorted(table.name for table in CONTRACT)
