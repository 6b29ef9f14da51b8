"""Lines on players: names, medians, prices and scores by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.backtest.player.props import (
    LEFT_OUT,
    median_lines,
    over_probability,
    read_prop_lines,
    score_props,
)
from ml.settings import Settings

COLUMNS = ("game_date", "player_name", "bookmaker", "line", "over_price", "under_price")
LINES = [
    ("2024-01-01", "Luka Doncic", "A", 40.5, -110.0, -110.0),
    ("2024-01-01", "Luka Doncic", "B", 41.5, 100.0, -120.0),
    ("2024-01-01", "Luka Doncic", "C", 41.5, None, -120.0),
    ("2024-01-01", "Nobody Known", "A", 10.5, -110.0, -110.0),
    ("2024-01-02", "Luka Doncic", "A", 39.0, -110.0, -110.0),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "league.sqlite"
    with closing(sqlite3.connect(path)) as league, league:
        league.execute("create table players (player_id integer, player_name text)")
        league.execute("insert into players values (7, 'Luka Dončić'), (8, 'No Body')")
        types = "text, text, text, text, real, real, real"
        names = ", ".join(
            f"{name} {kind}"
            for name, kind in zip(("market", *COLUMNS), types.split(", "), strict=True)
        )
        league.execute(f"create table player_prop_lines ({names})")
        other = [
            ("pts", *LINES[0]),
            ("pts+reb+ast", *LINES[0][:2], LEFT_OUT[0], 9, 1, 1),
        ]
        league.executemany(
            "insert into player_prop_lines values (?, ?, ?, ?, ?, ?, ?)",
            [*(("pts+reb+ast", *line) for line in LINES), *other],
        )
    return path


def test_lines_of_one_market_are_read_without_noisy_bookmakers(source: Path) -> None:
    lines, people = read_prop_lines(source, Settings())
    assert len(lines) == len(LINES)
    assert [person.player_id for person in people] == [7, 8]


def test_the_price_is_of_those_who_offer_the_median_line() -> None:
    table = median_lines(pd.DataFrame(LINES, columns=list(COLUMNS)))
    first = table.iloc[0]
    assert first["line"] == 41.5
    # +100 and -120: 1/2 and 6/11 of which 11/23 is over.
    assert first["over_prob"] == pytest.approx(11 / 23)


def test_probability_over_leaves_out_the_line_itself() -> None:
    counts = [np.array([10, 20, 30, 39])]
    found = over_probability(counts, pd.Series([2.0]))
    assert found[0] == pytest.approx(39.5 / 70)
    half = over_probability(counts, pd.Series([1.5]))
    assert half[0] == pytest.approx(69.5 / 100)


def test_lines_and_forecasts_are_scored_on_the_same_rows(source: Path) -> None:
    lines, people = read_prop_lines(source, Settings())
    table = pd.DataFrame(
        {
            "game_date": ["2024-01-01", "2024-01-02"],
            "player_id": [7, 7],
            "pra": [45.0, 39.0],
            "pra_mean": [42.0, 42.0],
            "pra_p50": [43.0, 40.0],
            "pra_baseline": [35.0, 35.0],
            "pra_counts": [np.ones(60, dtype=np.int64), np.ones(60, dtype=np.int64)],
        }
    )
    score = score_props(lines, people, table, random_state=0)
    assert score is not None
    assert (score.n_lines, score.n_priced, score.n_left_out) == (2, 1, 1)
    assert score.mae["line"].value == pytest.approx((3.5 + 0.0) / 2)
    assert score.mae["ours"].value == pytest.approx((2.0 + 1.0) / 2)
    assert score.difference.value == pytest.approx(1.5 - 1.75)
    assert score.log_loss["price"].value == pytest.approx(-np.log(11 / 23))
    assert score.log_loss["ours"].value == pytest.approx(-np.log(18.5 / 61))


def test_a_league_without_lines_has_no_score(tmp_path: Path) -> None:
    path = tmp_path / "league.sqlite"
    with closing(sqlite3.connect(path)) as league:
        league.execute("create table players (player_id integer, player_name text)")
        league.execute("insert into players values (7, 'Luka Dončić')")
        league.commit()
    lines, people = read_prop_lines(path, Settings())
    assert lines.empty
    assert score_props(lines, people, pd.DataFrame(), random_state=0) is None
