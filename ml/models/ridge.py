"""Ridge regression on standardised columns, each penalised by how little it says.

Hundreds of columns describe a team and most repeat one another, so each is scaled by
its own correlation with the target before the common penalty: a column that says
little by itself is held closer to zero. Correlations below what chance gives,
``1 / sqrt(n_games)``, count as that.

References
----------
Hoerl, A. & Kennard, R. (1970). Ridge regression: biased estimation for nonorthogonal
problems. Technometrics 12.
Zou, H. (2006). The adaptive lasso and its oracle properties. JASA 101 (penalties that
differ by a first estimate of each coefficient).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.models.lattice import Floats

PENALTIES = (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
TRUSTS = (0.5, 1.0)

Fold = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Ridge:
    """A fitted linear model.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_columns,)
        Mean of each column where it is known, and its sd over its weight; an unknown
        value counts as the mean.
    coef : ndarray, shape (n_columns,)
        Change of the target for one `scale` of a column.
    intercept : float
        Mean of the target.
    penalty : float
        On the squared coefficients, in games.
    trust : float
        Power of a column's correlation with the target in its scale.
    """

    centre: Floats
    scale: Floats
    coef: Floats
    intercept: float
    penalty: float
    trust: float

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        return np.asarray(self.intercept + self._standardised(X) @ self.coef)

    def _standardised(self, X: Floats) -> Floats:
        return np.nan_to_num((X - self.centre) / self.scale, nan=0.0)


def fit_ridges(
    X: Floats,
    y: Floats,
    *,
    emphasis: Floats,
    penalties: Sequence[float],
    trust: float = 0.0,
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
        Weights have a mean square of 1, whatever is given.
    penalties : sequence of float
        In games: at ``penalty = n_games`` an uncorrelated column is halved.
    trust : float
        Power of a column's correlation with the target in its scale; 0 is plain ridge.

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
    scale = np.where(sd > 1e-9, sd, 1.0)
    intercept = float(y.mean())
    weight = emphasis * _relevance(deviation / scale, y - intercept) ** trust
    scale = scale * np.sqrt(np.mean(weight**2)) / weight
    Z = deviation / scale
    eigenvalues, vectors = np.linalg.eigh(Z.T @ Z)
    projected = vectors.T @ (Z.T @ (y - intercept))
    offset = Z.mean(axis=0)  # zero unless values are unknown
    models = []
    for penalty in penalties:
        shrunken = projected / (np.maximum(eigenvalues, 0.0) + penalty)
        coef = vectors @ shrunken
        level = intercept - float(offset @ coef)
        models.append(Ridge(centre, scale, coef, level, float(penalty), trust))
    return models


def _relevance(Z: Floats, residual: Floats) -> Floats:
    spread = max(float(residual.std()), 1e-9)
    correlation = np.abs(Z.T @ residual) / (len(residual) * spread)
    return np.asarray(np.maximum(correlation, 1.0 / np.sqrt(len(residual))))


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
