"""Expected value of a target: a linear model and trees, blended on later games.

References
----------
Wolpert, D. (1992). Stacked generalization. Neural Networks 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.models.lattice import Floats
from ml.models.ridge import PENALTIES, TRUSTS, Fold, Ridge, fit_ridges
from ml.models.trees import Trees, fit_trees


@dataclass(frozen=True)
class MeanModel:
    """``(1 - tree_weight) · ridge + tree_weight · trees``.

    Attributes
    ----------
    ridge : Ridge
        The linear model.
    trees : Trees
        The trees.
    tree_weight : float
        Share of the trees (0-1).
    """

    ridge: Ridge
    trees: Trees
    tree_weight: float

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        return _blend(self.ridge.predict(X), self.trees.predict(X), self.tree_weight)


def fit_mean(
    X: Floats, y: Floats, *, emphasis: Floats, folds: list[Fold], random_state: int
) -> tuple[MeanModel, Floats]:
    """Fit both models; choose penalty and blend on games after those learnt from.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        In order of time, NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    emphasis : ndarray, shape (n_columns,)
        Weight of each column in the linear model.
    folds : list of (ndarray, ndarray)
        Positions to learn from and to forecast, all of these later.
    random_state : int
        Seed.

    Returns
    -------
    model : MeanModel
        Fitted on all games.
    out_of_fold : ndarray, shape (n_games,)
        What each game was expected to be by the blend fitted before it; NaN for games
        before the first fold.
    """
    choices = [(trust, penalty) for trust in TRUSTS for penalty in PENALTIES]
    linear = np.full((len(y), len(choices)), np.nan)
    boosted = np.full(len(y), np.nan)
    for past, future in folds:
        ridges = [
            ridge
            for trust in TRUSTS
            for ridge in fit_ridges(
                X[past], y[past], emphasis=emphasis, penalties=PENALTIES, trust=trust
            )
        ]
        linear[future] = np.column_stack([ridge.predict(X[future]) for ridge in ridges])
        trees = fit_trees(X[past], y[past], random_state=random_state)
        boosted[future] = trees.predict(X[future])
    best = int(np.argmin(np.nanmean((linear - y[:, None]) ** 2, axis=0)))
    trust, penalty = choices[best]
    (ridge,) = fit_ridges(X, y, emphasis=emphasis, penalties=[penalty], trust=trust)
    seen = ~np.isnan(boosted)
    weight = blend_weight(linear[seen, best], boosted[seen], y[seen])
    model = MeanModel(ridge, fit_trees(X, y, random_state=random_state), weight)
    return model, _blend(linear[:, best], boosted, weight)


def blend_weight(first: Floats, second: Floats, y: Floats) -> float:
    """Return the share of `second` with the least squared error, within 0-1."""
    apart = second - first
    if not apart.any():
        return 0.0
    return float(np.clip(apart @ (y - first) / (apart @ apart), 0.0, 1.0))


def _blend(first: Floats, second: Floats, weight: float) -> Floats:
    return np.asarray((1.0 - weight) * first + weight * second)
