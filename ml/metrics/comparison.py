"""How much better is one forecaster than another, and how sure can we be.

Games are resampled, and every forecaster is scored on the same resampled games
(paired), so what the games share cancels.

References
----------
Efron, B. & Tibshirani, R. (1993). An Introduction to the Bootstrap, ch. 13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from ml.arrays import Floats
from ml.errors import SettingsError

# Of a forecaster's resampled losses at once.
_MOST_VALUES = 2**20


@dataclass(frozen=True)
class Estimate:
    """A figure with its bootstrap interval.

    Attributes
    ----------
    value : float
        The figure on all games.
    lower, upper : float
        Ends of the interval.
    """

    value: float
    lower: float
    upper: float


def gap_closed(baseline: float, ours: float, market: float) -> float:
    """Return the share of the way from baseline to market: 0 is baseline, 1 is market.

    Raises
    ------
    SettingsError
        If baseline and market score the same.
    """
    if baseline == market:
        raise SettingsError(
            f"baseline and market both score {baseline}: there is no gap"
        )
    return (baseline - ours) / (baseline - market)


def gap_closed_interval(
    baseline: npt.ArrayLike,
    ours: npt.ArrayLike,
    market: npt.ArrayLike,
    *,
    random_state: int = 0,
) -> Estimate:
    """Return `gap_closed` of mean losses with its paired 90 % interval.

    Parameters
    ----------
    baseline, ours, market : array_like, shape (n_games,)
        Losses of each on the same games; see `bootstrap`.
    random_state : int
        Seed.
    """
    return bootstrap(
        (baseline, ours, market),
        lambda means: (means[0] - means[1]) / (means[0] - means[2]),
        random_state=random_state,
    )


def bootstrap(
    losses: tuple[npt.ArrayLike, ...],
    statistic: Callable[[Floats], npt.ArrayLike],
    *,
    level: float = 0.9,
    n_resamples: int = 2000,
    random_state: int = 0,
) -> Estimate:
    """Return a statistic of mean losses with its percentile interval.

    Parameters
    ----------
    losses : tuple of array_like, each of shape (n_games,)
        Losses of several forecasters on the same games.
    statistic : callable
        Takes the mean losses, shape (n_forecasters, ...), and reduces the first axis.
    level : float
        Mass of the interval (0-1).
    n_resamples : int
        Bootstrap resamples.
    random_state : int
        Seed.

    Raises
    ------
    SettingsError
        If the losses are not of the same games.
    """
    shapes = {np.shape(loss) for loss in losses}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise SettingsError(f"losses must be of the same games, got shapes {shapes}")
    table = [np.asarray(loss, dtype=float) for loss in losses]

    def of_means(*resampled: Floats, axis: int) -> Floats:
        means = np.stack([loss.mean(axis=axis) for loss in resampled])
        return np.asarray(statistic(means), dtype=float)

    value = float(of_means(*table, axis=-1))
    if len(table[0]) == 1:
        return Estimate(value, value, value)
    interval = stats.bootstrap(
        table,
        of_means,
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=level,
        n_resamples=n_resamples,
        batch=max(1, _MOST_VALUES // table[0].size),
        rng=np.random.default_rng(random_state),
    ).confidence_interval
    return Estimate(value, float(interval.low), float(interval.high))
