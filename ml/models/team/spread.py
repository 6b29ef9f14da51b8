"""How far outcomes fall from what was expected, game by game.

References
----------
Harvey, A. (1976). Estimating regression models with multiplicative heteroscedasticity.
Econometrica 44.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from ml.arrays import Floats

# Prior sd of a slope: one sd of a covariate changes a spread by about 5 %.
SLOPE_SD = 0.05
# No forecast of a game is surer than this (points).
LEAST_SD = 1.0
DEGREES_OF_FREEDOM = (6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0, 200.0)


@dataclass(frozen=True)
class Spread:
    """``sd = exp(level + slopes · (z - centre) / scale)``.

    Attributes
    ----------
    level : float
        Log of the sd at mean covariates (log points).
    slopes : ndarray, shape (n_covariates,)
        Change of the log sd for one sd of a covariate.
    centre, scale : ndarray, shape (n_covariates,)
        Mean and sd of the covariates.
    """

    level: float
    slopes: Floats
    centre: Floats
    scale: Floats

    def predict(self, covariates: Floats) -> Floats:
        """Return the sd of each game (points), shape (n_games,).

        Covariates beyond three sd of those seen count as three; no sd is below
        `LEAST_SD`.
        """
        z = np.clip((covariates - self.centre) / self.scale, -3.0, 3.0)
        return np.asarray(np.maximum(np.exp(self.level + z @ self.slopes), LEAST_SD))


def fit_spread(residuals: Floats, covariates: Floats) -> Spread:
    """Fit by penalised normal likelihood.

    Parameters
    ----------
    residuals : ndarray, shape (n_games,)
        Outcome - expectation of games that the expectation had not seen (points).
    covariates : ndarray, shape (n_games, n_covariates)
        What the spread may depend on, without NaN.

    Returns
    -------
    Spread
        The level is free, the slopes have a normal prior with sd `SLOPE_SD`.
    """
    centre, sd = covariates.mean(axis=0), covariates.std(axis=0)
    scale = np.where(sd > 1e-9, sd, 1.0)
    z = np.clip((covariates - centre) / scale, -3.0, 3.0)
    start = 0.5 * np.log(max(float(np.mean(residuals**2)), LEAST_SD**2))
    design = np.column_stack([np.ones(len(z)), z])
    penalty = np.append(0.0, np.full(z.shape[1], 1.0 / SLOPE_SD**2))

    def loss(beta: Floats) -> tuple[float, Floats]:
        log_sd = design @ beta
        standardised = residuals**2 * np.exp(-2.0 * log_sd)
        value = np.sum(log_sd + standardised / 2.0) + 0.5 * penalty @ beta**2
        slope = design.T @ (1.0 - standardised) + penalty * beta
        return float(value), slope

    first = np.append(start, np.zeros(z.shape[1]))
    beta = optimize.minimize(loss, first, jac=True, method="BFGS").x
    return Spread(float(beta[0]), beta[1:], centre, scale)


def fit_tails(first: Floats, second: Floats) -> tuple[float, float]:
    """Fit correlation and degrees of freedom of pairs with unit variance.

    Parameters
    ----------
    first, second : ndarray, shape (n_games,)
        Standardised residuals of two targets.

    Returns
    -------
    correlation : float
        Held within ± 0.5.
    df : float
        The one of `DEGREES_OF_FREEDOM` under which both targets are likeliest, each by
        itself (Student-t with unit variance): that both are large together, as a joint
        Student-t has it, is rarely so and would hide the tails that each has.
    """
    rho = float(np.clip(np.corrcoef(first, second)[0, 1], -0.5, 0.5))
    squares = np.concatenate([first, second]) ** 2

    def log_likelihood(df: float) -> float:
        body = -(df + 1.0) / 2.0 * np.log1p(squares / (df - 2.0))
        constant = special.gammaln((df + 1.0) / 2.0) - special.gammaln(df / 2.0)
        return float(np.mean(body) + constant - np.log(df - 2.0) / 2.0)

    return rho, max(DEGREES_OF_FREEDOM, key=log_likelihood)
