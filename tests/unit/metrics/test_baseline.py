"""The baseline: hand-worked ratings, and nothing from the game's own day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.errors import SettingsError
from ml.metrics.baseline import baseline_forecasts, elo_differences, total_means
from ml.ratings.team import elo_gain, elo_probability

ROWS = [
    ("2020-21", "2020-12-22", "A", "B", 110.0, 100.0),
    ("2020-21", "2020-12-24", "B", "A", 90.0, 97.0),
    ("2021-22", "2021-10-20", "A", "C", np.nan, np.nan),
]
COLUMNS = [
    "season",
    "game_date",
    "home_team_id",
    "away_team_id",
    "home_pts",
    "away_pts",
]


@pytest.fixture
def games() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def random_games(n_days: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(n_days):
        teams = rng.permutation(8)
        for home, away in teams.reshape(4, 2):
            scores = rng.integers(80, 130, 2)
            scores[0] += scores[0] == scores[1]
            season = "2020-21" if day < 30 else "2021-22"
            rows.append((season, f"2021-{day:03d}", home, away, *scores))
    return pd.DataFrame(rows, columns=COLUMNS)


def test_update_worked_by_hand() -> None:
    # equal teams, home side +70: p = 1 / (1 + 10^(-70/400)) = 0.59937
    # won by 10: 20 · 13^0.8 / (7.5 + 0.42) · (1 - 0.599397) = 7.8741
    assert elo_probability(70.0) == pytest.approx(0.599_397, abs=1e-6)
    assert elo_gain(70.0, 10.0, 20.0) == pytest.approx(7.873_6, abs=1e-4)
    # lost by 7: 20 · 10^0.8 / (7.5 - 0.42) · (0 - 0.599397) = -10.683
    assert elo_gain(70.0, -7.0, 20.0) == pytest.approx(-10.683_4, abs=1e-4)


def test_ratings_worked_by_hand(games: pd.DataFrame) -> None:
    differences = elo_differences(games)
    first = elo_gain(70.0, 10.0, 20.0)
    second = elo_gain(70.0 - 2.0 * first, -7.0, 20.0)
    a_after = 1500.0 + first - second
    a_in_october = 0.75 * a_after + 0.25 * 1505.0
    expected = [70.0, 70.0 - 2.0 * first, a_in_october + 70.0 - 1500.0]
    np.testing.assert_allclose(differences, expected, rtol=1e-12)


def test_totals_worked_by_hand(games: pd.DataFrame) -> None:
    # A scored 8 and B 2 less than the league's 102 in game 1; step 1 - 0.5^0.1
    step, league_step = 1.0 - 0.5**0.1, 1.0 - 0.5**0.005
    league = 102.0 + league_step * (8.0 - 2.0) / 2.0
    attack_a, defence_b = 8.0 * step, 8.0 * step
    attack_b, defence_a = -2.0 * step, -2.0 * step
    second = 2.0 * league + attack_a + defence_b + attack_b + defence_a
    totals = total_means(games)
    np.testing.assert_allclose(totals[:2], [204.0, second], rtol=1e-12)


def test_update_is_zero_sum_and_expected_to_be_nothing() -> None:
    assert elo_gain(70.0, 10.0, 20.0) > 0.0 > elo_gain(70.0, -10.0, 20.0)
    assert elo_gain(0.0, 5.0, 20.0) == -elo_gain(0.0, -5.0, 20.0)


def test_a_day_does_not_see_its_own_scores() -> None:
    games = random_games()
    before = baseline_forecasts(games)
    scrambled = games.copy()
    late = games["game_date"] >= "2021-040"
    scrambled.loc[late, "home_pts"] += 31
    after = baseline_forecasts(scrambled)
    seen = games["game_date"] <= "2021-040"
    pd.testing.assert_frame_equal(after[seen], before[seen])
    assert not after[~seen].equals(before[~seen])


def test_order_of_rows_is_of_no_consequence() -> None:
    games = random_games()
    shuffled = games.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(
        baseline_forecasts(shuffled).sort_index(), baseline_forecasts(games), rtol=1e-12
    )


def test_absent_column_is_named(games: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="away_pts"):
        baseline_forecasts(games.drop(columns="away_pts"))
