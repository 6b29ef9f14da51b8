"""A prior from box scores, learned only from stints that came after them."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from ml.arrays import Floats
from ml.ratings.player.box import FEATURES


class BoxPrior:
    """Linear weights of box-score features for one outcome of stints.

    Each stint is regressed on the features that its ten players had *before* its
    date, so the weights are worth exactly what they predict. The normal equations are
    kept, a date adds to them.

    Parameters
    ----------
    half_life_days : float
        A stint this old counts half (days).
    penalty : float
        Ridge penalty of a weight, in possessions.
    """

    def __init__(self, *, half_life_days: float, penalty: float) -> None:
        self.half_life_days = half_life_days
        self.penalty = penalty
        # The level of the outcome comes first, then the score's share.
        size = len(FEATURES) + 2
        self.gram = np.zeros((size, size))
        self.moment = np.zeros(size)
        self.date: np.datetime64 = np.datetime64("NaT", "D")

    def add(
        self,
        date: np.datetime64,
        features: Floats,
        *,
        lead: Floats,
        weight: Floats,
        outcome: Floats,
    ) -> None:
        """Learn from one date.

        Parameters
        ----------
        date : numpy.datetime64
            Not before the date added last.
        features : ndarray, shape (n_stints, n_features)
            Of each stint: its players' features as of before the date, with the signs
            that the players have in the outcome.
        lead : ndarray, shape (n_stints,)
            What the score was when the stint began.
        weight : ndarray, shape (n_stints,)
            Possessions.
        outcome : ndarray, shape (n_stints,)
            Points per 100 possessions.
        """
        if not np.isnat(self.date):
            days = (date - self.date) / np.timedelta64(1, "D")
            keep = 0.5 ** (days / self.half_life_days)
            self.gram *= keep
            self.moment *= keep
        self.date = date
        rows = np.column_stack([np.ones(len(features)), lead, features])
        weighted = (rows * weight[:, None]).T
        self.gram += weighted @ rows
        self.moment += weighted @ outcome

    def weights(self) -> Floats:
        """Return the weights of the features.

        Returns
        -------
        ndarray, shape (n_features,)
            Points per 100 possessions and unit.
        """
        weights: Floats = cho_solve(self._factor(), self.moment)[2:]
        return weights

    def uncertainty(self, features: Floats, noise: float) -> Floats:
        """Say how far what is foreseen for players may be off for want of data.

        Parameters
        ----------
        features : ndarray, shape (n_players, n_features)
            Of the players.
        noise : float
            Variance of one possession's outcome.

        Returns
        -------
        ndarray, shape (n_players, n_features + 2)
            Its product with its transpose is the covariance of what is foreseen.
        """
        padded = np.hstack([np.zeros((len(features), 2)), features])
        lower, _ = self._factor()
        spread = solve_triangular(lower, padded.T, lower=True).T
        uncertainty: Floats = np.sqrt(noise) * spread
        return uncertainty

    def _factor(self) -> tuple[Floats, bool]:
        ridge = np.full(len(self.moment), self.penalty)
        # Level and score are not shrunken; the 1 keeps them defined.
        ridge[:2] = 1.0
        lower, is_lower = cho_factor(self.gram + np.diag(ridge), lower=True)
        return lower, is_lower
