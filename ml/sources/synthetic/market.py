"""Closing lines of a market that sees the truth through a little noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ml.arrays import Floats
from ml.sources.synthetic.truth import MARGIN_SPREAD, Truth

SPREAD_NOISE = 1.7
TOTAL_NOISE = 3.0
TAKE = 1.045  # sum of the two sides' implied probabilities
MISSING_MONEYLINES = 0.03


@dataclass(frozen=True)
class Lines:
    """Closing lines.

    Attributes
    ----------
    home_spread : array of shape (n_games,)
        From the home side: -7 means home is favoured by 7.
    total : array of shape (n_games,)
    moneyline_home, moneyline_away : arrays of shape (n_games,)
        American odds; NaN where missing.
    """

    home_spread: Floats
    total: Floats
    moneyline_home: Floats
    moneyline_away: Floats


def draw_lines(truth: Truth, rng: np.random.Generator) -> Lines:
    """Draw closing lines.

    Parameters
    ----------
    truth : Truth
    rng : numpy.random.Generator

    Returns
    -------
    Lines
    """
    n = len(truth.margin)
    margin = truth.margin + rng.normal(0.0, SPREAD_NOISE, n)
    total = truth.total + rng.normal(0.0, TOTAL_NOISE, n)
    home = np.clip(ndtr(margin / MARGIN_SPREAD), 0.02, 0.98)
    missing = rng.random(n) < MISSING_MONEYLINES
    odds = [
        np.where(missing, np.nan, american(np.minimum(TAKE * chance, 0.985)))
        for chance in (home, 1.0 - home)
    ]
    return Lines(-np.rint(2 * margin) / 2, np.rint(2 * total) / 2, odds[0], odds[1])


def american(probability: Floats) -> Floats:
    """American odds of an implied probability, in steps of five.

    Parameters
    ----------
    probability : array
        Strictly between 0 and 1.

    Returns
    -------
    array of the same shape
        -150 risks 150 to win 100; +130 wins 130 on 100.
    """
    favourite = -100.0 * probability / (1.0 - probability)
    underdog = 100.0 * (1.0 - probability) / probability
    odds = np.where(probability >= 0.5, favourite, underdog)
    return np.asarray(5.0 * np.rint(odds / 5.0))
