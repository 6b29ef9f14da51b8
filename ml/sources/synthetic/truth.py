"""What is true of a game before it starts, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ml.arrays import Floats
from ml.sources.synthetic.skills import points_per_possession
from ml.sources.synthetic.slate import REGULATION_SECONDS, Slate, quickened

# How the engine's games follow from the closed form (leads ease, benches empty, clocks
# run out): measured on ten seasons by `python benchmarks/simulation_truth.py 10`.
MARGIN_SLOPE = 0.722
MARGIN_SPREAD = 13.1
TOTAL_LEVEL = 10.5
TOTAL_SLOPE = 0.874
PLANNED = (0.0, 6.4, 8.9, 11.6, 16.3, 20.0, 24.0, 28.2, 32.0, 35.4, 38.7, 42.0)
GIVEN = (1.6, 7.9, 9.8, 12.05, 15.85, 19.4, 23.6, 28.2, 31.8, 34.4, 36.75, 38.7)
TEAM_MINUTES = 241.3  # 240, and 25 for an overtime in twenty games


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
    pace = 5.0 * (weights * slate.paces).sum(axis=1)
    seconds = quickened(slate.play_seconds, pace[0::2] + pace[1::2])
    possessions = REGULATION_SECONDS / (2.0 * seconds)
    margin = MARGIN_SLOPE * possessions * (points[0::2] - points[1::2])
    total = TOTAL_LEVEL + TOTAL_SLOPE * possessions * (points[0::2] + points[1::2])
    return Truth(ndtr(margin / MARGIN_SPREAD), margin, total)


def expect_minutes(targets: Floats) -> Floats:
    """Turn planned into expected minutes: plans bend to fouls, leads and overtime.

    Parameters
    ----------
    targets : array of shape (n_rows, n_slots)
        Planned minutes; 0 for who does not dress.

    Returns
    -------
    array of shape (n_rows, n_slots)
        Each row sums to `TEAM_MINUTES`.
    """
    minutes = np.where(targets > 0, np.interp(targets, PLANNED, GIVEN), 0.0)
    scaled: Floats = minutes * (TEAM_MINUTES / minutes.sum(axis=1, keepdims=True))
    return scaled
