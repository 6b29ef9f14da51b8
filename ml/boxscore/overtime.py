"""Overtime, given a final score."""

from __future__ import annotations

import numpy as np

from ml.arrays import Ints

# Logistic regression of overtime on the final score, 2015-16 to 2018-19
# (benchmarks/measured_numbers.py): intercept,
# |margin|, margin of one, |margin| beyond five, total above its mean (points).
_OVERTIME = (-2.15, -0.040, 0.159, -0.333, 0.0480)
# Games with overtime that had another one.
_AGAIN = 0.13
_MOST = 4


def draw_overtimes(points: Ints, rng: np.random.Generator) -> Ints:
    """Draw the number of overtimes of each final score.

    Parameters
    ----------
    points : ndarray of int, shape (n_draws, 2)
        Final scores: home, away.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_draws,)
        0-4. Close and high scores have more of them.
    """
    margin = np.abs(points[:, 0] - points[:, 1])
    total = points.sum(axis=1)
    intercept, slope, one, far, high = _OVERTIME
    logit = (
        intercept
        + slope * margin
        + one * (margin == 1)
        + far * np.maximum(margin - 5, 0)
        + high * (total - total.mean())
    )
    prob = 1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0)))
    has_overtime = rng.random(len(points)) < prob
    more = np.minimum(rng.geometric(1.0 - _AGAIN, len(points)), _MOST)
    return np.where(has_overtime, more, 0)
