"""Ridge regression on standardised columns, its penalty chosen on later games.

References
----------
Hoerl, A. & Kennard, R. (1970). Ridge regression: biased estimation for nonorthogonal
problems. Technometrics 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.models.lattice import Floats

PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)

Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Ridge:
    """A fitted linear model.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_columns,)
        Mean and sd of each column where it is known; an unknown value counts as the
        mean.
    coef : ndarray, shape (n_columns,)
        Change of the target for one sd of a column.
    intercept : float
        Mean of the target.
    penalty : float
        On the squared coefficients, in games.
    """

    centre: Floats
    scale: Floats
    coef: Floats
    intercept: float
    penalty: float

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        return np.asarray(self.intercept + self._standardised(X) @ self.coef)

    def _standardised(self, X: Floats) -> Floats:
        return np.nan_to_num((X - self.centre) / self.scale, nan=0.0)


def fit_ridges(
    X: Floats, y: Floats, *, emphasis: Floats, penalties: Sequence[float]
) -> list[Ridge]:
    """Fit one model for each penalty from one decomposition.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    emphasis : ndarray, shape (n_columns,)
        Weight of each standardised column; the penalty on it is divided by its square.
    penalties : sequence of float
        In games: at ``penalty = n_games`` an uncorrelated column is halved.

    Returns
    -------
    list of Ridge
        In the order of `penalties`.
    """
    known = ~np.isnan(X)
    n_known = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, X, 0.0).sum(axis=0) / n_known
    deviation = np.where(known, X - centre, 0.0)
    sd = np.sqrt((deviation**2).sum(axis=0) / n_known)
    # A constant column says nothing; a spread of one leaves it at zero.
    scale = np.where(sd > 1e-9, sd, 1.0) / emphasis
    Z = deviation / scale
    intercept = float(y.mean())
    eigenvalues, vectors = np.linalg.eigh(Z.T @ Z)
    projected = vectors.T @ (Z.T @ (y - intercept))
    offset = Z.mean(axis=0)  # zero unless values are unknown
    models = []
    for penalty in penalties:
        shrunken = projected / (np.maximum(eigenvalues, 0.0) + penalty)
        coef = vectors @ shrunken
        level = intercept - float(offset @ coef)
        models.append(Ridge(centre, scale, coef, level, float(penalty)))
    return models


def forward_folds(groups: np.ndarray, *, n_folds: int) -> list[Fold]:
    """Split games that are in order of time into folds that only look back.

    Parameters
    ----------
    groups : ndarray, shape (n_games,)
        Date of each game, ascending; a date is never split.
    n_folds : int
        Number of folds; the games fall into ``n_folds + 1`` blocks of about equal
        size, and each but the first is forecast from all before it.

    Returns
    -------
    list of (ndarray, ndarray)
        Positions to learn from and to forecast.
    """
    edges = np.linspace(0, len(groups), n_folds + 2).astype(int)[1:-1]
    starts = np.unique(np.searchsorted(groups, groups[edges], side="left"))
    starts = starts[starts > 0]
    ends = np.append(starts[1:], len(groups))
    return [
        (np.arange(start), np.arange(start, end))
        for start, end in zip(starts, ends, strict=True)
    ]
