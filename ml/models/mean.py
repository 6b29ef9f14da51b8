"""Expected value of a target: ridge, lasso and trees, blended on later games.

References
----------
Breiman, L. (1996). Stacked regressions. Machine Learning 24 (weights that are not
negative).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from ml.models.folds import Fold
from ml.models.lattice import Floats
from ml.models.linear import (
    PENALTIES,
    THRESHOLDS,
    TRUSTS,
    LinearModel,
    fit_lassos,
    fit_ridges,
)
from ml.models.trees import Trees, fit_trees


@dataclass(frozen=True)
class MeanModel:
    """A weighted mean of three models.

    Attributes
    ----------
    ridge, lasso : LinearModel
        The linear models.
    trees : Trees
        The trees.
    weights : ndarray, shape (3,)
        Share of each, in this order; they sum to 1.
    """

    ridge: LinearModel
    lasso: LinearModel
    trees: Trees
    weights: Floats

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        parts = [part.predict(X) for part in (self.ridge, self.lasso, self.trees)]
        return np.asarray(np.column_stack(parts) @ self.weights)


def fit_mean(
    X: Floats, y: Floats, *, emphasis: Floats, folds: list[Fold], random_state: int
) -> tuple[MeanModel, Floats]:
    """Fit the models; choose penalties and weights on games after those learnt from.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        In order of time, NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    emphasis : ndarray, shape (n_columns,)
        Weight of each column in the linear models.
    folds : list of (ndarray, ndarray)
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
    choices = [(trust, penalty) for trust in TRUSTS for penalty in PENALTIES]
    ridges = np.full((len(y), len(choices)), np.nan)
    lassos = np.full((len(y), len(THRESHOLDS)), np.nan)
    trees = np.full(len(y), np.nan)
    for past, future in folds:
        known, later = X[past], X[future]
        ridges[future] = _predictions(
            [
                model
                for trust in TRUSTS
                for model in fit_ridges(
                    known, y[past], emphasis=emphasis, penalties=PENALTIES, trust=trust
                )
            ],
            later,
        )
        lassos[future] = _predictions(
            fit_lassos(known, y[past], emphasis=emphasis, thresholds=THRESHOLDS), later
        )
        boosted = fit_trees(known, y[past], random_state=random_state)
        trees[future] = boosted.predict(later)
    best_ridge, best_lasso = _best(ridges, y), _best(lassos, y)
    parts = np.column_stack([ridges[:, best_ridge], lassos[:, best_lasso], trees])
    seen = ~np.isnan(trees)
    weights = blend_weights(parts[seen], y[seen])
    trust, penalty = choices[best_ridge]
    (ridge,) = fit_ridges(X, y, emphasis=emphasis, penalties=[penalty], trust=trust)
    path = fit_lassos(X, y, emphasis=emphasis, thresholds=THRESHOLDS[: best_lasso + 1])
    boosted = fit_trees(X, y, random_state=random_state)
    return MeanModel(ridge, path[-1], boosted, weights), parts @ weights


def blend_weights(parts: Floats, y: Floats) -> Floats:
    """Return weights of least squared error that are >= 0 and sum to 1.

    Parameters
    ----------
    parts : ndarray, shape (n_games, n_models)
        Expectations of each model.
    y : ndarray, shape (n_games,)
        What happened.

    Returns
    -------
    ndarray, shape (n_models,)
        Weights.
    """
    # As the weights sum to 1, the error is the blend of the errors; the heavy last row
    # holds that sum.
    errors = parts - y[:, None]
    heavy = 1e3 * np.sqrt(np.mean(errors**2) * len(y)) + 1.0
    A = np.vstack([errors, np.full(parts.shape[1], heavy)])
    found, _ = optimize.nnls(A, np.append(np.zeros(len(y)), heavy))
    return np.asarray(found / found.sum())


def _predictions(models: list[LinearModel], X: Floats) -> Floats:
    return np.column_stack([model.predict(X) for model in models])


def _best(expected: Floats, y: Floats) -> int:
    return int(np.argmin(np.nanmean((expected - y[:, None]) ** 2, axis=0)))
