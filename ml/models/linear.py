"""Ridge regression that trusts a column as far as it correlates with the target.

Each column is scaled by a power of its own correlation with the target before the
common penalty, so that a column that says little by itself is held closer to zero;
correlations below what chance gives, ``1 / sqrt(n_games)``, count as that.

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

from ml.arrays import Floats


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
    X: Floats, y: Floats, *, penalties: Sequence[float], trust: float = 0.0
) -> list[LinearModel]:
    """Fit one ridge regression for each penalty.

    Parameters
    ----------
    X : ndarray, shape (n_games, n_columns)
        NaN where unknown.
    y : ndarray, shape (n_games,)
        Target.
    penalties : sequence of float
        In games: at ``penalty = n_games`` an uncorrelated column is halved.
    trust : float
        Power of a column's correlation with the target in its weight; 0 is plain
        ridge. Weights have a mean square of 1.

    Returns
    -------
    list of LinearModel
        In the order of `penalties`.
    """
    from sklearn.linear_model import Ridge  # whoever only forecasts does without

    Z, centre, sd = _standardise(X)
    weight = _relevance(Z, y - y.mean()) ** trust
    weight = weight / np.sqrt(np.mean(weight**2))
    Z *= weight
    fitted = [
        Ridge(penalty, fit_intercept=False).fit(Z, y - y.mean())
        for penalty in penalties
    ]
    return [_model(Z, y, ridge.coef_, centre, sd / weight) for ridge in fitted]


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
