"""How good forecasts were in the last days: 7, 14, 30 and the season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ml.metrics import score
from ml.metrics.reliability import expected_calibration_error
from ml.monitor.grades import FORECASTERS

DAYS = (7, 14, 30)
SHOWN = ("log_loss", "brier", "margin_mae", "total_mae")


@dataclass(frozen=True)
class Window:
    """Means over the games of some days.

    Attributes
    ----------
    name : str
        ``7 days`` … or the season.
    n_games : int
        How many.
    scores : dict of str to dict of str to float
        Forecaster → score → mean, over the games that every forecaster shown has
        forecast; a forecaster without any is absent.
    n_common : int
        How many games those are.
    coverage : dict of str to float
        ``margin`` and ``total``: share of results within the 80 % interval.
    calibration_error : float
        Mean distance of forecast and frequency in ten bins.
    """

    name: str
    n_games: int
    scores: dict[str, dict[str, float]]
    n_common: int
    coverage: dict[str, float]
    calibration_error: float


def windows(grades: pd.DataFrame, last: date) -> list[Window]:
    """Summarise the games of the last days and of the season.

    Parameters
    ----------
    grades : DataFrame
        From `ml.monitor.grades.grade`.
    last : date
        The last day that counts (US/Eastern).

    Returns
    -------
    list of Window
        Without those that have no game.
    """
    until = grades[grades["game_date"] <= pd.Timestamp(last)]
    found = []
    for days in DAYS:
        since = pd.Timestamp(last) - pd.Timedelta(days=days)
        found.append(_window(f"{days} days", until[until["game_date"] > since]))
    if len(until):
        season = until["season"].iloc[-1]
        found.append(_window(f"season {season}", until[until["season"] == season]))
    return [window for window in found if window.n_games]


def _window(name: str, rows: pd.DataFrame) -> Window:
    present = [who for who in FORECASTERS if rows[f"{who}_log_loss"].notna().any()]
    common = rows.dropna(subset=[f"{who}_log_loss" for who in present])
    scores = {
        who: {key: float(common[f"{who}_{key}"].mean()) for key in SHOWN}
        for who in present
    }
    if "ours" in scores:
        for target in ("margin", "total"):
            crps = common[f"ours_{target}_crps"]
            scores["ours"][f"{target}_crps"] = float(crps.mean())
    won = (rows["home_margin"] > 0).to_numpy()
    return Window(
        name=name,
        n_games=len(rows),
        scores=scores,
        n_common=len(common),
        coverage=coverages(rows),
        calibration_error=(
            expected_calibration_error(rows["ours_home_win_prob"], won)
            if len(rows)
            else float("nan")
        ),
    )


def coverages(rows: pd.DataFrame) -> dict[str, float]:
    """Return the share of results within the 80 % interval, of margin and total."""
    if not len(rows):
        return {"margin": float(np.nan), "total": float(np.nan)}
    return {
        target: score.coverage(rows[f"{target}_p10"], rows[f"{target}_p90"], rows[name])
        for target, name in (("margin", "home_margin"), ("total", "total_points"))
    }
