"""Whether our distributions mean what they say, and what they add to the line.

References
----------
Dawid, A. (1984). Statistical theory: the prequential approach (the PIT).
Hamill, T. (2001). Interpretation of rank histograms for verifying ensemble forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from ml.metrics import score
from ml.metrics.reliability import expected_calibration_error, reliability_slope

N_PIT_BINS = 10
N_RESAMPLES = 500
TARGETS = (("margin", "home_margin"), ("total", "total_points"))


@dataclass(frozen=True)
class Weight:
    """How much a forecast weighs beside the other.

    Attributes
    ----------
    target : {"margin", "total"}
        What is explained.
    market, ours : float
        Coefficients of the regression of the outcome on both forecasts.
    ours_lower, ours_upper : float
        90 % bootstrap interval of ours: zero means that the line knows all we know.
    """

    target: str
    market: float
    ours: float
    ours_lower: float
    ours_upper: float


def calibration(table: pd.DataFrame) -> dict[str, float]:
    """Return ECE (10 bins), reliability slope and coverage of 80 % intervals.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.

    Returns
    -------
    dict of str to float
        ``ece, slope, margin_coverage, total_coverage``; no slope where all outcomes or
        all forecasts are the same.
    """
    won = table["home_margin"].to_numpy(float) > 0.0
    prob = table["ours_home_win_prob"].to_numpy(float)
    figures = {"ece": expected_calibration_error(prob, won)}
    if np.ptp(won.astype(float)) > 0.0 and np.ptp(prob) > 0.0:
        figures["slope"] = reliability_slope(prob, won)
    for target, outcome in TARGETS:
        figures[f"{target}_coverage"] = score.coverage(
            table[f"ours_{target}_p10"], table[f"ours_{target}_p90"], table[outcome]
        )
    return figures


def pit_histogram(table: pd.DataFrame, target: str, outcome: str) -> list[int]:
    """Count outcomes by the tenth of their forecast distribution they fell in.

    The distribution is taken as normal with the forecast's mean and sd, which the
    score distribution follows closely; flat is right, a hill too wide, a valley too
    narrow.

    Returns
    -------
    list of int, length 10
        Games in each tenth.
    """
    z = (table[outcome] - table[f"ours_{target}_mean"]) / table[f"ours_{target}_sd"]
    tenth = np.minimum((special.ndtr(z.to_numpy(float)) * N_PIT_BINS).astype(int), 9)
    counts = np.bincount(tenth, minlength=N_PIT_BINS)
    return [int(count) for count in counts]


def weights_beside_the_line(
    table: pd.DataFrame, *, random_state: int
) -> tuple[Weight, ...]:
    """Regress outcomes on the closing line and on ours, both at once.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.
    random_state : int
        Seed of the bootstrap over games.

    Returns
    -------
    tuple of Weight
        Of margin and of total.
    """
    rng = np.random.default_rng(random_state)
    found = []
    for target, outcome in TARGETS:
        columns = [f"market_{target}_mean", f"ours_{target}_mean"]
        X = np.column_stack([np.ones(len(table)), table[columns].to_numpy(float)])
        y = table[outcome].to_numpy(float)
        resampled = []
        for _ in range(N_RESAMPLES):
            rows = rng.integers(0, len(y), len(y))
            resampled.append(_slopes(X[rows], y[rows])[2])
        lower, upper = np.quantile(resampled, [0.05, 0.95])
        _, market, ours = _slopes(X, y)
        found.append(
            Weight(target, float(market), float(ours), float(lower), float(upper))
        )
    return tuple(found)


def _slopes(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.lstsq(X, y, rcond=None)[0])
