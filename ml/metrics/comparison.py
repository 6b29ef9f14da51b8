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
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ml.arrays import Floats, Ints
from ml.errors import SettingsError


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
    table = np.vstack([np.asarray(loss, dtype=float) for loss in losses])
    n_games = table.shape[1]
    counts = _counts(n_games, n_resamples, random_state)
    resampled = np.asarray(statistic(table @ counts.T / n_games), dtype=float)
    tail = (1.0 - level) / 2.0
    lower, upper = np.quantile(resampled, [tail, 1.0 - tail])
    value = float(np.asarray(statistic(table.mean(axis=1)), dtype=float))
    return Estimate(value, float(lower), float(upper))


@lru_cache(maxsize=1)
def _counts(n_games: int, n_resamples: int, random_state: int) -> Ints:
    """Count each game in each resample; every score of a table asks for the same."""
    rng = np.random.default_rng(random_state)
    return rng.multinomial(n_games, np.full(n_games, 1.0 / n_games), n_resamples)
