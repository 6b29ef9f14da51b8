"""The distribution of final scores: closed forms against summation, and coherence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.errors import ModelError
from ml.models.team.score_distribution import (
    MARGINS,
    POINTS,
    TOTALS,
    ScoreDistribution,
    moments,
    prob_over,
    quantiles,
)

games = st.builds(
    lambda mean, sd, total, total_sd, rho, df: ScoreDistribution.from_moments(
        margin_mean=[mean],
        margin_sd=[sd],
        total_mean=[total],
        total_sd=[total_sd],
        correlation=rho,
        df=df,
    ),
    st.floats(-25, 25),
    st.floats(9, 17),
    st.floats(190, 250),
    st.floats(13, 23),
    st.floats(-0.4, 0.4),
    st.floats(6, 200),
)


def brute_force(distribution: ScoreDistribution) -> np.ndarray:
    """P(home = h, away = a), every pair of final scores that can be."""
    home, away = np.meshgrid(POINTS, POINTS, indexing="ij")
    x = (home - away - distribution.margin[0]) / distribution.margin_scale[0]
    y = (home + away - distribution.total[0]) / distribution.total_scale[0]
    rho, df = distribution.correlation, distribution.df
    distance = (x * x - 2 * rho * x * y + y * y) / (1 - rho * rho)
    pmf = (1 + distance / df) ** (-(df + 2) / 2)
    pmf[home == away] = 0.0
    return pmf / pmf.sum()


@settings(max_examples=15, deadline=None)
@given(games)
def test_closed_forms_equal_summation_over_every_score(
    distribution: ScoreDistribution,
) -> None:
    pmf = brute_force(distribution)
    home, away = np.meshgrid(POINTS, POINTS, indexing="ij")
    margins = np.array([pmf[home - away == m].sum() for m in MARGINS])
    totals = np.bincount((home + away).ravel(), pmf.ravel())[: len(TOTALS)]
    np.testing.assert_allclose(distribution.margin_pmf()[0], margins, atol=2e-5)
    np.testing.assert_allclose(distribution.total_pmf()[0], totals, atol=2e-5)
    np.testing.assert_allclose(
        distribution.points_pmf(home=True)[0], pmf.sum(axis=1), atol=2e-5
    )
    np.testing.assert_allclose(
        distribution.points_pmf(home=False)[0], pmf.sum(axis=0), atol=2e-5
    )
    assert distribution.home_win_prob[0] == pytest.approx(
        pmf[home > away].sum(), abs=1e-4
    )


@settings(max_examples=40, deadline=None)
@given(games)
def test_numbers_of_one_game_agree(distribution: ScoreDistribution) -> None:
    margins, totals = distribution.margin_pmf(), distribution.total_pmf()
    margin, total = moments(margins, MARGINS)[0], moments(totals, TOTALS)[0]
    home = moments(distribution.points_pmf(home=True), POINTS)[0]
    away = moments(distribution.points_pmf(home=False), POINTS)[0]
    np.testing.assert_allclose(home + away, total, atol=0.02)
    np.testing.assert_allclose(home - away, margin, atol=0.02)
    np.testing.assert_allclose(
        distribution.home_win_prob, prob_over(margins, MARGINS, 0.0), rtol=1e-12
    )
    assert margins[0, MARGINS == 0] == 0.0
    for pmf in (margins, totals):
        assert (pmf >= 0.0).all()
        assert pmf.sum() == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(games, st.lists(st.floats(0.01, 0.99), min_size=2, max_size=8))
def test_quantiles_rise_and_invert_the_distribution(
    distribution: ScoreDistribution, levels: list[float]
) -> None:
    pmf = distribution.total_pmf()
    found = [float(quantiles(pmf, TOTALS, level)[0]) for level in sorted(levels)]
    assert found == sorted(found)
    cdf = np.cumsum(pmf[0])
    for level, value in zip(sorted(levels), found, strict=True):
        # linear between the half points, where the distribution function jumps over
        assert np.interp(value, TOTALS + 0.5, cdf) == pytest.approx(level, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(games, st.lists(st.floats(150, 300), min_size=2, max_size=8))
def test_a_higher_line_is_not_easier(
    distribution: ScoreDistribution, lines: list[float]
) -> None:
    pmf = distribution.total_pmf()
    found = [float(prob_over(pmf, TOTALS, line)[0]) for line in sorted(lines)]
    assert found == sorted(found, reverse=True)


def test_moments_are_those_asked_for() -> None:
    distribution = ScoreDistribution.from_moments(
        margin_mean=[0.0, 7.5, -18.0],
        margin_sd=[12.0, 13.5, 14.0],
        total_mean=[230.0, 212.0, 221.0],
        total_sd=18.0,
        correlation=-0.1,
        df=15.0,
    )
    margin, margin_sd = moments(distribution.margin_pmf(), MARGINS)
    total, total_sd = moments(distribution.total_pmf(), TOTALS)
    np.testing.assert_allclose(margin, [0.0, 7.5, -18.0], atol=1e-4)
    np.testing.assert_allclose(margin_sd, [12.0, 13.5, 14.0], atol=1e-4)
    np.testing.assert_allclose(total, [230.0, 212.0, 221.0], atol=1e-4)
    np.testing.assert_allclose(total_sd, 18.0, rtol=0.002)
    assert distribution.home_win_prob[0] == pytest.approx(0.5, abs=1e-12)


def test_quantile_and_line_worked_by_hand() -> None:
    pmf = np.array([[0.2, 0.3, 0.5]])
    support = np.array([4, 5, 6])
    # cdf 0 at 3.5, 0.2 at 4.5, 0.5 at 5.5, 1 at 6.5
    assert quantiles(pmf, support, 0.1)[0] == pytest.approx(4.0)
    assert quantiles(pmf, support, 0.5)[0] == pytest.approx(5.5)
    assert quantiles(pmf, support, 0.9)[0] == pytest.approx(6.3)
    assert prob_over(pmf, support, 5.0)[0] == pytest.approx(0.5)
    assert prob_over(pmf, support, 4.5)[0] == pytest.approx(0.8)


def test_draws_follow_the_distribution() -> None:
    distribution = ScoreDistribution.from_moments(
        margin_mean=[4.0],
        margin_sd=[13.0],
        total_mean=[225.0],
        total_sd=[18.0],
        correlation=0.1,
        df=12.0,
    )
    draws = distribution.sample(0, 40_000, random_state=7)
    home, away = draws.T
    assert (home != away).all()
    assert (home - away).mean() == pytest.approx(4.0, abs=0.01)
    assert (home + away).mean() == pytest.approx(225.0, abs=1e-4)
    assert (home > away).mean() == pytest.approx(
        distribution.home_win_prob[0], abs=1e-4
    )
    assert (home - away).std() == pytest.approx(13.0, rel=0.01)
    assert (home + away).std() == pytest.approx(18.0, rel=0.01)
    # Neighbours in the order of the draws know nothing of one another.
    assert abs(np.corrcoef(home[1:], home[:-1])[0, 1]) < 0.02
    np.testing.assert_array_equal(draws, distribution.sample(0, 40_000, random_state=7))


@pytest.mark.parametrize(
    "change",
    [
        {"margin_mean": [np.nan]},
        {"margin_sd": [0.0]},
        {"total_sd": [np.nan]},
        {"correlation": 1.0},
        {"df": 2.0},
    ],
)
def test_impossible_moments_are_refused(change: dict[str, object]) -> None:
    given_moments: dict[str, object] = {
        "margin_mean": [3.0],
        "margin_sd": [13.0],
        "total_mean": [220.0],
        "total_sd": [18.0],
        "correlation": 0.0,
        "df": 15.0,
    }
    with pytest.raises(ModelError):
        ScoreDistribution.from_moments(**{**given_moments, **change})  # type: ignore[arg-type]
