"""Scores against hand-worked values, numeric integration and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from ml.errors import SettingsError
from ml.metrics import comparison, reliability, score


def test_brier_log_loss_and_accuracy_worked_by_hand() -> None:
    prob, won = [0.8, 0.4, 0.5, 0.3], [1, 1, 0, 0]
    np.testing.assert_allclose(
        score.brier_losses(prob, won), [0.04, 0.36, 0.25, 0.09], rtol=1e-12
    )
    np.testing.assert_allclose(
        score.log_losses(prob, won), -np.log([0.8, 0.4, 0.5, 0.7]), rtol=1e-12
    )
    assert score.favourite_won(prob, won).tolist() == [1.0, 0.0, 0.5, 1.0]


def test_errors_and_coverage_worked_by_hand() -> None:
    assert score.absolute_losses([3.0, -1.0], [1.0, 1.0]).tolist() == [2.0, 2.0]
    assert score.squared_losses([3.0, -1.0], [1.0, 2.0]).tolist() == [4.0, 9.0]
    assert score.coverage([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, -1]) == 0.5


def integrated_crps(cdf: object, outcome: float) -> float:
    def below(x: float) -> float:
        return float(cdf(x)) ** 2  # type: ignore[operator]

    def above(x: float) -> float:
        return (1.0 - float(cdf(x))) ** 2  # type: ignore[operator]

    low = integrate.quad(below, -400.0, outcome, limit=400, points=[-10.0])[0]
    high = integrate.quad(above, outcome, 400.0, limit=400, points=[20.0])[0]
    return low + high


@pytest.mark.parametrize(
    ("mean", "sd", "outcome"), [(0, 1, 0), (3, 13, -20), (5, 2, 9)]
)
def test_crps_equals_its_integral(mean: float, sd: float, outcome: float) -> None:
    normal = score.crps_normal_losses([mean], [sd], [outcome])[0]
    assert normal == pytest.approx(
        integrated_crps(stats.norm(mean, sd).cdf, outcome), abs=1e-5
    )


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=30), st.floats(-60, 60))
def test_crps_of_draws_equals_brute_force(draws: list[float], outcome: float) -> None:
    x = np.array(draws)
    pairs = np.abs(x[:, None] - x[None, :]).mean()
    expected = np.abs(x - outcome).mean() - pairs / 2.0
    found = score.crps_sample_losses([draws], [outcome])[0]
    assert found == pytest.approx(expected, abs=1e-9)


def test_crps_of_many_draws_nears_the_closed_form() -> None:
    draws = np.random.default_rng(0).normal(4.0, 13.0, (1, 200_000))
    found = score.crps_sample_losses(draws, [-6.0])[0]
    closed = score.crps_normal_losses([4.0], [13.0], [-6.0])[0]
    assert found == pytest.approx(closed, rel=0.01)


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_the_truth_is_the_best_forecast(truth: float, other: float) -> None:
    for losses in (score.brier_losses, score.log_losses):
        for_truth = truth * losses([truth], [1.0]) + (1 - truth) * losses(
            [truth], [0.0]
        )
        for_other = truth * losses([other], [1.0]) + (1 - truth) * losses(
            [other], [0.0]
        )
        assert for_truth <= for_other + 1e-12


def test_calibrated_forecasts_have_slope_one_and_little_error() -> None:
    rng = np.random.default_rng(1)
    prob = rng.beta(4, 3, 40_000)
    won = rng.random(40_000) < prob
    assert reliability.reliability_slope(prob, won) == pytest.approx(1.0, abs=0.04)
    assert reliability.expected_calibration_error(prob, won) < 0.01
    stretched = 1.0 / (1.0 + ((1.0 - prob) / prob) ** 2)
    assert reliability.reliability_slope(stretched, won) == pytest.approx(0.5, abs=0.02)
    assert reliability.expected_calibration_error(stretched, won) > 0.05


def test_bins_worked_by_hand() -> None:
    bins = reliability.reliability_bins([0.05, 0.72, 0.78, 1.0], [0, 1, 0, 1])
    assert bins["bin"].tolist() == [0, 7, 9]
    assert bins["n"].tolist() == [1, 2, 1]
    np.testing.assert_allclose(bins["forecast"], [0.05, 0.75, 1.0])
    np.testing.assert_allclose(bins["observed"], [0.0, 0.5, 1.0])
    error = reliability.expected_calibration_error(
        [0.05, 0.72, 0.78, 1.0], [0, 1, 0, 1]
    )
    assert error == pytest.approx((0.05 + 2 * 0.25 + 0.0) / 4)


def test_gap_closed_runs_from_baseline_to_market() -> None:
    assert comparison.gap_closed(10.0, 10.0, 9.0) == 0.0
    assert comparison.gap_closed(10.0, 9.0, 9.0) == 1.0
    assert comparison.gap_closed(11.220, 10.929, 10.706) == pytest.approx(
        0.566, abs=1e-3
    )
    with pytest.raises(SettingsError, match="no gap"):
        comparison.gap_closed(9.0, 9.0, 9.0)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for repeat in range(200):
        shared = rng.normal(0.0, 5.0, 150)
        worse = shared + rng.normal(0.3, 1.0, 150)
        found = comparison.bootstrap(
            (worse, shared),
            lambda means: means[0] - means[1],
            n_resamples=300,
            random_state=repeat,
        )
        held += found.lower <= 0.3 <= found.upper
    assert 0.84 <= held / 200 <= 0.95  # 0.9 within two standard errors and a half


def test_interval_is_the_same_for_the_same_seed() -> None:
    losses = np.random.default_rng(3).exponential(size=(3, 80))
    first = comparison.gap_closed_interval(*losses, random_state=4)
    assert first == comparison.gap_closed_interval(*losses, random_state=4)
    assert first.lower <= first.upper


@pytest.mark.parametrize(
    "call",
    [
        lambda: score.brier_losses([0.5, 0.5], [1.0]),
        lambda: score.brier_losses([], []),
        lambda: score.absolute_losses([np.nan], [1.0]),
        lambda: score.crps_normal_losses([0.0], [0.0], [1.0]),
        lambda: score.crps_sample_losses([[1.0, 2.0]], [1.0, 2.0]),
        lambda: reliability.reliability_slope([0.5, 0.6], [1, 1]),
        lambda: reliability.reliability_bins([0.5], [1], n_bins=0),
        lambda: comparison.gap_closed_interval([1.0], [1.0, 2.0], [1.0]),
    ],
)
def test_what_cannot_be_scored_is_refused(call: object) -> None:
    with pytest.raises(SettingsError):
        call()  # type: ignore[operator]
