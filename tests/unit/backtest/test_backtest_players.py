"""The player side of a backtest: baseline, scores and the simulated league by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.backtest.player.draws import crps_of_counts
from ml.backtest.player.realism import league_moments
from ml.backtest.player.scores import STATS, against_baseline, score_players
from ml.backtest.player.walk_forward import _spread
from ml.boxscore.identities import check_identities, identities
from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX
from ml.boxscore.summary import tally
from ml.errors import ModelError, TooFewError
from ml.metrics.player_baseline import appearances, window_crps
from ml.metrics.score import crps_sample_losses


def lines(pts: list[float], minutes: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_date": pd.date_range("2024-01-01", periods=len(pts)),
            "game_id": [f"g{k}" for k in range(len(pts))],
            "season": "2023-24",
            "player_id": 7,
            "min": minutes,
            "pts": pts,
        }
    )


def test_the_baseline_is_of_games_he_played_and_forgets_half_in_eight() -> None:
    played = appearances(lines([10, 99, 20, 30], [20, 0, 25, 30]))
    keep = 0.5 ** (1 / 8)
    assert played["pts"].tolist() == [10, 20, 30]
    assert np.isnan(played["pts_baseline"][0])
    assert played["pts_baseline"][1:].tolist() == pytest.approx(
        [10.0, (20 + keep * 10) / (1 + keep)]
    )


def test_the_baseline_of_one_player_knows_nothing_of_another() -> None:
    one = lines([10, 20], [20, 20])
    played = appearances(pd.concat([one, one.assign(player_id=8, pts=[1.0, 2.0])]))
    assert played["pts_baseline"].dropna().tolist() == [10.0, 1.0]


def test_the_empirical_baseline_holds_thirty_games() -> None:
    pts = [50.0, *[float(k % 5) for k in range(30)], 3.0]
    losses = window_crps(appearances(lines(pts, [20.0] * 32)), "pts")
    assert np.isnan(losses[0])
    assert losses[1] == 50.0  # one game of 50, then none
    # 0 … 4 six times each, and 3: E|X - 3| - E|X - X'| / 2 = 1.4 - 0.8; no 50 in it.
    assert losses[31] == pytest.approx(1.4 - 0.8)


def test_crps_of_a_tally_is_that_of_its_draws() -> None:
    rng = np.random.default_rng(0)
    draws = rng.poisson([3.0, 12.0, 0.2], (200, 3))
    outcome = np.array([5.0, 40.0, 0.0])
    np.testing.assert_allclose(
        crps_of_counts(tally(draws), outcome), crps_sample_losses(draws.T, outcome)
    )


_ENDS = ("", "_mean", "_p10", "_p50", "_p90", "_baseline", "_crps", "_baseline_crps")


def test_scores_of_two_lines_by_hand() -> None:
    columns: dict[str, object] = {}
    for stat in STATS:
        columns |= {
            stat: [10.0, 20.0],
            f"{stat}_mean": [13.0, 24.0],
            f"{stat}_p10": [5.0, 21.0],
            f"{stat}_p50": [11.0, 22.0],
            f"{stat}_p90": [10.0, 30.0],
            f"{stat}_baseline": [15.0, 15.0],
            f"{stat}_crps": [1.0, 2.0],
            f"{stat}_baseline_crps": [2.0, 4.0],
        }
    told = pd.DataFrame(
        {"play_prob": [0.5, 0.5], "has_played": [True, False], "week": [1, 9]}
    )
    score = score_players("2023-24", pd.DataFrame(columns), told, n_draws=1000)
    assert score.stats["pts"] == pytest.approx(
        {
            "mae": 3.5,
            "baseline_mae": 5.0,
            "rmse": np.sqrt(12.5),
            "baseline_rmse": 5.0,
            "mae_median": 1.5,
            "bias": 3.5,
            "coverage": 0.5,
            "crps": 1.5,
            "baseline_crps": 3.0,
        }
    )
    assert against_baseline(score.stats)["pts"]["mae"] == pytest.approx(-0.3)
    assert against_baseline(score.stats)["pts"]["crps"] == pytest.approx(-0.5)
    assert "crps" not in against_baseline(score.stats)["stl"]
    assert score.tiers["12-20"]["pts"]["coverage"] == 1.0
    assert score.tiers["20-28"]["pts"]["coverage"] == 0.0
    assert score.play_log_loss == pytest.approx(np.log(2))
    assert score.play_calibration == {"0.5": {"n": 2, "expected": 0.5, "played": 0.5}}
    one = {"n": 1, "expected": 0.5, "log_loss": pytest.approx(np.log(2))}
    assert score.play_weeks == {"1": one | {"played": 1}, "later": one | {"played": 0}}


def test_a_share_of_no_draw_costs_what_half_a_draw_would() -> None:
    told = pd.DataFrame({"play_prob": [0.0], "has_played": [True], "week": [1]})
    columns = {f"{stat}{end}": [1.0] for stat in STATS for end in _ENDS}
    score = score_players("2023-24", pd.DataFrame(columns), told, n_draws=1000)
    assert score.play_log_loss == pytest.approx(np.log(2000))


def test_moments_of_a_league_of_two_games_by_hand() -> None:
    table = pd.DataFrame(
        {
            "draw": 0,
            "game_id": ["a", "a", "b", "b"],
            "team_id": 1,
            "player_id": [1, 2, 1, 2],
            "min": 30,
            "pts": [30, 10, 20, 16],
            "reb": [10, 2, 3, 4],
            "ast": [5, 10, 7, 2],
            "stl": 0,
            "blk": 0,
        }
    )
    means = table[["game_id", "player_id"]].assign(
        pts_mean=[25.0, 14.0, 24.0, 12.0], ast_mean=5.0, min_mean=30.0
    )
    found = league_moments(table, means)
    assert found["leader_pts_mean"] == 25.0
    assert found["share_30"] == 0.25
    assert found["double_double_share"] == 0.5
    # Residuals (5, -4) and (-4, 4): products -20 and -16, squares 25, 16, 16, 16.
    assert found["teammates_pts_correlation"] == pytest.approx(-18.0 / 18.25)


@pytest.fixture
def sample() -> BoxSample:
    box = {name: np.zeros((2, 10), dtype=np.int16) for name in BOX}
    box["min"] += 48
    box["pts"] += 2
    box["fgm"] += 1
    box["fga"] += 3
    box["reb"] += 1
    box["dreb"] += 1
    return BoxSample(
        game_id="g",
        team_id=np.repeat([1, 2], 5),
        player_id=np.arange(10),
        points=np.full((2, 2), 10),
        overtimes=np.zeros(2, dtype=np.int64),
        box=box,
    )


def test_a_whole_box_score_passes(sample: BoxSample) -> None:
    check_identities(sample)


@pytest.mark.parametrize(
    ("name", "change", "broken"),
    [
        ("pts", 1, "players' points sum to the team's"),
        ("min", -1, "minutes sum to 240 + 25 per overtime"),
        ("min", 1, "nobody plays longer than the game"),
        ("ftm", 1, "points = 2 FG2M + 3 FG3M + FTM"),
        ("fga", -3, "makes do not exceed tries"),
        ("fg3a", 3, "threes are field goals"),
        ("oreb", 1, "rebounds = offensive + defensive"),
        ("ast", -1, "nothing is negative"),
        ("min", -48, "who does not play does nothing"),
        ("pf", 7, "nobody has more than six fouls"),
    ],
)
def test_a_broken_identity_is_named_with_its_draws(
    sample: BoxSample, name: str, change: int, broken: str
) -> None:
    box = {key: values.copy() for key, values in sample.box.items()}
    box[name][1, 3] += change
    damaged = replace(sample, box=box)
    assert identities(damaged)[broken].tolist() == [True, False]
    with pytest.raises(ModelError, match="in 1 of 2 draws"):
        check_identities(damaged)


def test_a_season_without_enough_before_it_is_named() -> None:
    nobody = pd.DataFrame({"min": [np.nan], "game_min": [48.0]})
    with pytest.raises(TooFewError, match=r"players of 2023-24 .* 0 box scores"):
        _spread(nobody, nobody, np.array([True]), "2023-24")
