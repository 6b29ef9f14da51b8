"""Expected value of a target: a ridge regression, and trees on what it leaves.

References
----------
Friedman, J. (2001). Greedy function approximation: a gradient boosting machine. Annals
of Statistics 29 (each stage is fitted to the residuals of those before it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Floats
from ml.models.folds import Fold
from ml.models.linear import LinearModel, fit_ridges
from ml.models.trees import Trees, fit_trees


@dataclass(frozen=True)
class Drift:
    """How fast a level moves, such as home advantage when halls were empty.

    Attributes
    ----------
    half_life : float
        A game this many games old counts half.
    prior : float
        Games at which the level stays where it is.
    """

    half_life: float
    prior: float

    def of(self, left: Floats) -> float:
        """Return by how much the level moved.

        Parameters
        ----------
        left : ndarray, shape (n_games,)
            What a model with a constant level leaves, in order of time.
        """
        weight = 0.5 ** (np.arange(len(left))[::-1] / self.half_life)
        return float(weight @ left / (weight.sum() + self.prior))


@dataclass(frozen=True)
class MeanSettings:
    """How a target's expectation is learnt.

    Attributes
    ----------
    penalties : tuple of float
        Ridge penalties to choose from (games).
    trust : float
        Power of a column's correlation with the target in its weight.
    drift : Drift or None
        How the level follows what the newest games leave; it stays where absent.
    """

    penalties: tuple[float, ...]
    trust: float
    drift: Drift | None = None


@dataclass(frozen=True)
class MeanModel:
    """A linear model and a share of what trees add to it.

    Attributes
    ----------
    ridge : LinearModel
        The linear model.
    trees : Trees
        Of what the ridge leaves.
    share : float
        How much of the trees is added (0-1).
    """

    ridge: LinearModel
    trees: Trees
    share: float

    def predict(self, X: Floats, T: Floats) -> Floats:
        """Return the expected target, shape (n_games,).

        Parameters
        ----------
        X, T : ndarray, shape (n_games, any)
            What the ridge and what the trees read.
        """
        return self.ridge.predict(X) + self.share * self.trees.predict(T)


def fit_mean(
    X: Floats,
    T: Floats,
    y: Floats,
    *,
    settings: MeanSettings,
    folds: Sequence[Fold],
    random_state: int,
) -> tuple[MeanModel, Floats]:
    """Fit both; choose penalty and share on games after those learnt from.

    Parameters
    ----------
    X, T : ndarray, shape (n_games, any)
        What the ridge and what the trees read, in order of time, NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    settings : MeanSettings
        Choices of the ridge.
    folds : sequence of (ndarray, ndarray)
        Positions to learn from and to forecast, all of these later.
    random_state : int
        Seed.

    Returns
    -------
    model : MeanModel
        Fitted on all games.
    out_of_fold : ndarray, shape (n_games,)
        What each game was expected to be by models fitted before it; NaN for games
        before the first fold.
    """
    ridges = np.full((len(y), len(settings.penalties)), np.nan)
    for past, future in folds:
        models = drifting_ridges(X[past], y[past], settings)
        ridges[future] = np.column_stack([model.predict(X[future]) for model in models])
    best = int(np.argmin(np.nanmean((ridges - y[:, None]) ** 2, axis=0)))
    expected, corrections = ridges[:, best], np.full(len(y), np.nan)
    for past, future in folds:
        ridge = drifting_ridges(X[past], y[past], settings)[best]
        left = y[past] - ridge.predict(X[past])
        boosted = fit_trees(T[past], left, random_state=random_state)
        corrections[future] = boosted.predict(T[future])
    share = share_of(corrections, y - expected)
    ridge = drifting_ridges(X, y, settings)[best]
    boosted = fit_trees(T, y - ridge.predict(X), random_state=random_state)
    return MeanModel(ridge, boosted, share), expected + share * corrections


def share_of(correction: Floats, left: Floats) -> float:
    """Return the share of a correction with the least squared error, within 0-1.

    Parameters
    ----------
    correction, left : ndarray, shape (n_games,)
        What would be added, and what is left to explain; NaN where neither is known.
    """
    seen = ~np.isnan(correction)
    size = float(correction[seen] @ correction[seen])
    if size == 0.0:
        return 0.0
    return float(np.clip(correction[seen] @ left[seen] / size, 0.0, 1.0))


def drifting_ridges(X: Floats, y: Floats, settings: MeanSettings) -> list[LinearModel]:
    """Fit a ridge for each penalty, each with its level moved as the settings say."""
    models = fit_ridges(X, y, penalties=settings.penalties, trust=settings.trust)
    if settings.drift is None:
        return models
    moved = [settings.drift.of(y - model.predict(X)) for model in models]
    return [
        replace(model, intercept=model.intercept + by)
        for model, by in zip(models, moved, strict=True)
    ]
