"""Whether probabilities mean what they say.

References
----------
Cox, D. (1958). Two further applications of a model for binary regression.
Guo, C. et al. (2017). On calibration of modern neural networks (ECE).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from ml.errors import SettingsError


def reliability_bins(
    prob: npt.ArrayLike, won: npt.ArrayLike, *, n_bins: int = 10
) -> pd.DataFrame:
    """Compare forecast and observed frequency in bins of equal width.

    Parameters
    ----------
    prob : array_like, shape (n_games,)
        P(home win).
    won : array_like, shape (n_games,)
        Whether the home side won.
    n_bins : int
        Number of bins.

    Returns
    -------
    DataFrame, shape (n_occupied_bins, 4)
        ``bin, n, forecast, observed``: number of the bin, games in it, mean forecast
        and share won.

    Raises
    ------
    SettingsError
        If `n_bins` is below 1.
    """
    if n_bins < 1:
        raise SettingsError(f"n_bins must be >= 1, got {n_bins}")
    games = pd.DataFrame(
        {"forecast": np.asarray(prob, float), "observed": np.asarray(won, float)}
    )
    games["bin"] = np.minimum((games["forecast"] * n_bins).astype(int), n_bins - 1)
    bins = games.groupby("bin")[["forecast", "observed"]].mean()
    bins.insert(0, "n", games.groupby("bin").size())
    return bins.reset_index()


def expected_calibration_error(
    prob: npt.ArrayLike, won: npt.ArrayLike, *, n_bins: int = 10
) -> float:
    """Return the mean distance of forecast and frequency, weighted by games.

    Sampling alone gives about ``sqrt(2 p (1-p) k / (π n))`` for k bins of n games in
    all: 0.03 for one season, so read it over several.
    """
    bins = reliability_bins(prob, won, n_bins=n_bins)
    distance = (bins["forecast"] - bins["observed"]).abs()
    return float(np.average(distance, weights=bins["n"]))


def reliability_slope(prob: npt.ArrayLike, won: npt.ArrayLike) -> float:
    """Return Cox's calibration slope: 1 is right, below 1 is overconfident.

    The slope of a logistic regression of the outcome on the forecast's log odds,
    with an intercept.

    Parameters
    ----------
    prob : array_like, shape (n_games,)
        P(home win), within (0, 1).
    won : array_like, shape (n_games,)
        Whether the home side won.

    Raises
    ------
    SettingsError
        If all outcomes or all forecasts are the same: there is no slope.
    """
    held = np.clip(np.asarray(prob, dtype=float), 1e-9, 1.0 - 1e-9)
    won_ = np.asarray(won, dtype=float)
    if np.ptp(won_) == 0.0 or np.ptp(held) == 0.0:
        raise SettingsError(
            "a reliability slope needs forecasts and outcomes that differ",
            "score more games at once",
        )
    from sklearn.linear_model import LogisticRegression

    free = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    return float(free.fit(special.logit(held)[:, None], won_).coef_[0, 0])
