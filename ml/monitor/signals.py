"""Signs that forecasts are wrong, each on the scale of a standard normal.

A forecast says how often it should be wrong. Each signal compares that with how often
it was, so it needs no threshold of its own: under right forecasts all are N(0, 1).

References
----------
Spiegelhalter, D. (1986). Probabilistic prediction in patient management and clinical
trials. Statistics in Medicine 5 (the calibration statistic).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats

MIN_GAMES = 50
LEVEL = 0.8


def signals(rows: pd.DataFrame) -> dict[str, float]:
    """Compare forecasts with results.

    Parameters
    ----------
    rows : DataFrame, shape (n_games, any)
        From `ml.monitor.grades.grade`.

    Returns
    -------
    dict of str to float
        Signal → how far from right (standard deviations, not negative); empty with
        fewer than `MIN_GAMES` games.
    """
    if len(rows) < MIN_GAMES:
        return {}
    prob = rows["ours_home_win_prob"].to_numpy(float)
    won: Floats = np.asarray(rows["home_margin"] > 0, dtype=float)
    found = {
        "win probabilities": abs(spiegelhalter(prob, won)),
        "home wins": abs(_z(won - prob, prob * (1.0 - prob))),
    }
    for target, outcome in (("margin", "home_margin"), ("total", "total_points")):
        result = rows[outcome].to_numpy(float)
        error = result - rows[f"ours_{target}_mean"].to_numpy(float)
        spread = rows[f"{target}_sd"].to_numpy(float)
        found[f"{target} bias"] = abs(_z(error, spread**2))
        inside = (rows[f"{target}_p10"] <= result) & (result <= rows[f"{target}_p90"])
        hit = np.asarray(inside, dtype=float) - LEVEL
        found[f"{target} intervals"] = abs(_z(hit, np.full(len(hit), 0.16)))
    behind = (rows["ours_log_loss"] - rows["baseline_log_loss"]).to_numpy(float)
    spread_of_mean = behind.std(ddof=1) / np.sqrt(len(behind))
    if spread_of_mean > 0:
        found["behind the baseline"] = max(0.0, float(behind.mean() / spread_of_mean))
    return found


def spiegelhalter(prob: Floats, won: Floats) -> float:
    """Return Spiegelhalter's calibration statistic: N(0, 1) where it is right."""
    lean = 1.0 - 2.0 * prob
    return _z((won - prob) * lean, lean**2 * prob * (1.0 - prob))


def _z(deviations: Floats, variances: Floats) -> float:
    total = variances.sum()
    return float(deviations.sum() / np.sqrt(total)) if total > 0 else 0.0
