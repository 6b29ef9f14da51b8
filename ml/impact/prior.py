"""A prior from box scores, learned only from stints that came after them."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from ml.impact.box import FEATURES
from ml.impact.design import Day, Floats


class BoxPrior:
    """Linear weights of box-score features for offence and defence.

    Each stint is regressed on the summed features that its ten players had *before*
    its date, so the weights are worth exactly what they predict. The normal
    equations are kept, a date adds to them.

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
        size = 2 * len(FEATURES) + 2
        self._gram = np.zeros((size, size))
        self._moment = np.zeros(size)
        self._date: np.datetime64 | None = None

    def add(self, day: Day, features: Floats, league_points: float) -> None:
        """Learn from one date.

        Parameters
        ----------
        day : Day
            The date's observations.
        features : ndarray, shape (n_players, n_features)
            As of before the date.
        league_points : float
            The league's points per 100 possessions before the date.
        """
        if self._date is not None:
            keep = 0.5 ** (
                (day.date - self._date) / np.timedelta64(1, "D") / self.half_life_days
            )
            self._gram *= keep
            self._moment *= keep
        self._date = day.date
        rows = np.hstack(
            [
                features[day.offense].sum(axis=1),
                -features[day.defense].sum(axis=1),
                day.at_home[:, None],
                np.ones((len(day.points), 1)),
            ]
        )
        weighted = rows * day.possessions[:, None]
        self._gram += rows.T @ weighted
        self._moment += weighted.T @ (day.points - league_points)

    def weights(self) -> tuple[Floats, Floats]:
        """Return the weights of the features.

        Returns
        -------
        tuple of ndarray, each of shape (n_features,)
            Offence and defence, points per 100 possessions and unit; more is better
            on both sides.
        """
        n_features = len(FEATURES)
        ridge = np.full(len(self._moment), self.penalty)
        # Home advantage and level are not shrunken; the 1 keeps them defined.
        ridge[2 * n_features :] = 1.0
        solution = cho_solve(
            cho_factor(self._gram + np.diag(ridge), lower=True), self._moment
        )
        return solution[:n_features], solution[n_features : 2 * n_features]
