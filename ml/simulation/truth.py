"""What is true of a game before it starts, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ml.simulation.skills import Floats, points_per_possession
from ml.simulation.slate import Slate

# How the engine's games follow from the closed form: measured on 20 seasons of it
# (leads ease, benches empty, clocks run out), by `benchmarks/simulation_truth.py`.
MARGIN_SLOPE = 0.72
MARGIN_SPREAD = 13.15
TOTAL_LEVEL = 0.0
TOTAL_SLOPE = 0.917
REGULATION_SECONDS = 2880.0
PLAY_OVERHEAD = 1.0


@dataclass(frozen=True)
class Truth:
    """Pre-game truth, given who plays.

    Attributes
    ----------
    home_win : array of shape (n_games,)
        Probability (0-1).
    margin, total : arrays of shape (n_games,)
        Expected points, home minus away and together.
    """

    home_win: Floats
    margin: Floats
    total: Floats


def expect(slate: Slate) -> Truth:
    """Compute expected margin, total and win probability of each game.

    Parameters
    ----------
    slate : Slate

    Returns
    -------
    Truth
    """
    weights = slate.targets / 240.0
    other = np.arange(len(weights)) ^ 1
    points = points_per_possession(
        slate.skills, weights, slate.skills[other], weights[other], slate.edges
    )
    possessions = REGULATION_SECONDS / (2.0 * slate.play_seconds * PLAY_OVERHEAD)
    margin = MARGIN_SLOPE * possessions * (points[0::2] - points[1::2])
    total = TOTAL_LEVEL + TOTAL_SLOPE * possessions * (points[0::2] + points[1::2])
    return Truth(ndtr(margin / MARGIN_SPREAD), margin, total)
