"""Floor and market on the real seasons, against the figures published for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.errors import MissingError
from ml.metrics import score
from ml.metrics.baseline import baseline_forecasts
from ml.metrics.market import market_forecasts, read_closing_lines
from ml.settings import Settings

pytestmark = pytest.mark.real

# accuracy, Brier, log loss, margin MAE, total MAE
PUBLISHED = {
    "2015-16": {
        "baseline": (0.684, 0.2056, 0.5976, 9.733, 14.023),
        "market": (0.700, 0.1952, 0.5732, 9.241, 13.593),
    },
    "2018-19": {
        "baseline": (0.646, 0.2139, 0.6163, 10.326, 15.094),
        "market": (0.669, 0.2052, 0.5971, 9.932, 14.511),
    },
    "2021-22": {
        "baseline": (0.650, 0.2230, 0.6387, 11.220, 14.852),
        "market": (0.675, 0.2093, 0.6060, 10.706, 14.181),
    },
    "2022-23": {
        "baseline": (0.632, 0.2285, 0.6497, 10.257, 14.804),
        "market": (0.664, 0.2173, 0.6253, 9.824, 14.157),
    },
}
N_GAMES = {"2015-16": 1316, "2018-19": 1312, "2021-22": 1315, "2022-23": 1314}


@pytest.fixture(scope="module")
def played(real_league: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(f"file:{real_league}?mode=ro", uri=True)) as source:
        games = pd.read_sql_query("select * from games order by game_id", source)
    baseline = baseline_forecasts(games).add_prefix("baseline_")
    market = market_forecasts(read_closing_lines(real_league, Settings())).add_prefix(
        "market_"
    )
    return games.join(baseline).merge(
        market, left_on="game_id", right_on="market_game_id", validate="1:1"
    )


@pytest.mark.parametrize("season", sorted(PUBLISHED))
def test_baseline_and_market_are_the_published_ones(
    played: pd.DataFrame, season: str
) -> None:
    games = played[played["season"] == season]
    assert len(games) == N_GAMES[season]
    margin = games["home_pts"] - games["away_pts"]
    total = games["home_pts"] + games["away_pts"]
    for name, published in PUBLISHED[season].items():
        prob = games[f"{name}_home_win_prob"]
        found = (
            score.favourite_won(prob, margin > 0).mean(),
            score.brier_losses(prob, margin > 0).mean(),
            score.log_losses(prob, margin > 0).mean(),
            score.absolute_losses(games[f"{name}_margin_mean"], margin).mean(),
        )
        # pick'em games count as half here and not at all there
        np.testing.assert_allclose(found[0], published[0], atol=0.003)
        np.testing.assert_allclose(found[1:3], published[1:3], atol=5.1e-5)
        np.testing.assert_allclose(found[3], published[3], atol=5.1e-4)
        total_mae = score.absolute_losses(games[f"{name}_total_mean"], total).mean()
        # the market's total is given; the baseline's has another step than ours
        tolerance = 5.1e-4 if name == "market" else 0.06
        np.testing.assert_allclose(total_mae, published[4], atol=tolerance)


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="absent"):
        read_closing_lines(tmp_path / "absent.sqlite", Settings())


def test_a_source_without_lines_has_none(tmp_path: Path) -> None:
    path = tmp_path / "bare.sqlite"
    with closing(sqlite3.connect(path)) as source:
        source.execute("create table games (game_id text)")
    assert read_closing_lines(path, Settings()).empty
