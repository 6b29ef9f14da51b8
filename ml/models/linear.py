"""Linear models of many columns that repeat one another: ridge and lasso.

Hundreds of columns describe a team and most say the same. Ridge spreads a coefficient
over all that agree, which steadies what is small; lasso keeps a few, which does not
let many small voices drown a large one. Which is better depends on the features at
hand, so both are fitted and blended (`ml.models.mean`).

Ridge scales each column by its own correlation with the target before the common
penalty, so that a column that says little by itself is held closer to zero;
correlations below what chance gives, ``1 / sqrt(n_games)``, count as that.

References
----------
Hoerl, A. & Kennard, R. (1970). Ridge regression: biased estimation for nonorthogonal
problems. Technometrics 12.
Tibshirani, R. (1996). Regression shrinkage and selection via the lasso. JRSS B 58.
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
THRESHOLDS = (0.8, 0.5, 0.3, 0.2, 0.12, 0.07, 0.04)


@dataclass(frozen=True)
class LinearModel:
    """A fitted linear model.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_columns,)
        Mean of each column where it is known, and its sd over its weight; an unknown
        value counts as the mean.
    coef : ndarray, shape (n_columns,)
        Change of the target for one `scale` of a column.
    intercept : float
        Expectation where every column is at its centre.
    """

    centre: Floats
    scale: Floats
    coef: Floats
    intercept: float

    def predict(self, X: Floats) -> Floats:
        """Return the expected target, shape (n_games,)."""
        Z = np.nan_to_num((X - self.centre) / self.scale, nan=0.0)
        return np.asarray(self.intercept + Z @ self.coef)


def fit_ridges(
    X: Floats,
    y: Floats,
    *,
    emphasis: Floats,
    penalties: Sequence[float],
    trust: float = 0.0,
) -> list[LinearModel]:
    """Fit one ridge regression for each penalty from one decomposition.

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
        Power of a column's correlation with the target in its weight; 0 is plain
        ridge.

    Returns
    -------
    list of LinearModel
        In the order of `penalties`.
    """
    Z, centre, sd = _standardise(X)
    weight = emphasis * _relevance(Z, y - y.mean()) ** trust
    weight = weight / np.sqrt(np.mean(weight**2))
    Z *= weight
    eigenvalues, vectors = np.linalg.eigh(Z.T @ Z)
    projected = vectors.T @ (Z.T @ (y - y.mean()))
    coefs = [
        vectors @ (projected / (np.maximum(eigenvalues, 0.0) + penalty))
        for penalty in penalties
    ]
    return [_model(Z, y, coef, centre, sd / weight) for coef in coefs]


def fit_lassos(
    X: Floats, y: Floats, *, emphasis: Floats, thresholds: Sequence[float]
) -> list[LinearModel]:
    """Fit one lasso for each threshold, from the largest down.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    emphasis : ndarray, shape (n_columns,)
        Weight of each standardised column; the threshold of it is divided by it.
    thresholds : sequence of float
        Decreasing, in the unit of the target: a column is left out where one sd of it
        goes with less than this of what the others leave unexplained.

    Returns
    -------
    list of LinearModel
        In the order of `thresholds`.
    """
    from sklearn.linear_model import lasso_path

    Z, centre, sd = _standardise(X)
    Z *= emphasis
    target = y - y.mean()
    _, coefs, _ = lasso_path(
        Z,
        target,
        alphas=np.asarray(thresholds),
        precompute=Z.T @ Z,
        Xy=Z.T @ target,
        max_iter=5000,
        tol=1e-3,
    )
    return [_model(Z, y, coef, centre, sd / emphasis) for coef in coefs.T]


def _standardise(X: Floats) -> tuple[Floats, Floats, Floats]:
    known = ~np.isnan(X)
    n_known = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, X, 0.0).sum(axis=0) / n_known
    deviation = np.where(known, X - centre, 0.0)
    sd = np.sqrt((deviation**2).sum(axis=0) / n_known)
    # A constant column says nothing; a spread of one leaves it at zero.
    sd = np.where(sd > 1e-9, sd, 1.0)
    return deviation / sd, centre, sd


def _model(
    Z: Floats, y: Floats, coef: Floats, centre: Floats, scale: Floats
) -> LinearModel:
    # The mean of a column is zero where it is known, and zero where it is not.
    intercept = float(y.mean() - Z.mean(axis=0) @ coef)
    return LinearModel(centre, scale, np.asarray(coef), intercept)


def _relevance(Z: Floats, residual: Floats) -> Floats:
    spread = max(float(residual.std()), 1e-9)
    correlation = np.abs(Z.T @ residual) / (len(residual) * spread)
    return np.asarray(np.maximum(correlation, 1.0 / np.sqrt(len(residual))))
