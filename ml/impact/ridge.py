"""Ridge regression of stints on the ten players, kept as normal equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, lapack

from ml.impact.design import Day, Floats


@dataclass(frozen=True)
class Solution:
    """Ratings of the chosen players.

    Attributes
    ----------
    offense, defense : ndarray, shape (n_chosen,)
        Points per 100 possessions against an average player; more is better.
    offense_variance, defense_variance, covariance : ndarray, shape (n_chosen,)
        Moments of the ratings' errors (squared points); nan where not asked for.
    """

    offense: Floats
    defense: Floats
    offense_variance: Floats
    defense_variance: Floats
    covariance: Floats


class StintRidge:
    """Normal equations of all stints so far, older ones fading.

    Instead of shrinking the past, a new date weighs more; the solver divides by the
    growth. That is exact, and a date costs only its own stints.

    Parameters
    ----------
    n_players : int
        Number of players that may ever appear.
    half_life_days : float
        A stint this old counts half (days).

    References
    ----------
    Sill, J. (2010). Improved NBA adjusted +/- using regularization and out-of-sample
    testing. MIT Sloan Sports Analytics Conference.
    """

    def __init__(self, n_players: int, *, half_life_days: float) -> None:
        self.n_players = n_players
        self.half_life_days = half_life_days
        size = 2 * n_players + 2
        self._gram = np.zeros((size, size))
        self._moment = np.zeros(size)
        self._first: np.datetime64 | None = None
        self._growth = 1.0

    def add(self, day: Day, league_points: float) -> None:
        """Add the stints of one date.

        Parameters
        ----------
        day : Day
            The date's observations.
        league_points : float
            The league's points per 100 possessions before the date.
        """
        if self._first is None:
            self._first = day.date
        self._growth = self._grown(day.date)
        rows = sparse.hstack(
            [
                day.incidence(day.offense, self.n_players),
                -day.incidence(day.defense, self.n_players),
                sparse.csr_matrix(day.at_home[:, None]),
                sparse.csr_matrix(np.ones((len(day.points), 1))),
            ],
            format="csr",
        )
        weight = self._growth * day.possessions
        weighted = rows.T.multiply(weight).tocsr()
        gram = (weighted @ rows).tocoo()
        self._gram[gram.row, gram.col] += gram.data
        self._moment += weighted @ (day.points - league_points)

    def exposure(self) -> Floats:
        """Return each player's faded possessions, attack and defence together.

        Returns
        -------
        ndarray, shape (n_players,)
        """
        diagonal = np.diagonal(self._gram) / self._growth
        n = self.n_players
        exposure: Floats = diagonal[:n] + diagonal[n : 2 * n]
        return exposure

    def solve(
        self,
        chosen: npt.NDArray[np.int64],
        prior: Floats,
        others: Floats,
        *,
        penalty: float,
        noise: float | None = None,
    ) -> Solution:
        """Solve for some players; the rest are held at given ratings.

        Parameters
        ----------
        chosen : ndarray of int, shape (n_chosen,)
            Indices of the players to rate.
        prior : ndarray, shape (2, n_chosen)
            Where ratings are shrunken to: offence and defence.
        others : ndarray, shape (2, n_known)
            Ratings of all players so far; those not chosen are held at them.
        penalty : float
            Strength of the shrinkage, in possessions.
        noise : float, optional
            Variance of one possession's points per 100. Given it, the moments of the
            errors are worked out too (twice the work).

        Returns
        -------
        Solution
            In the order of `chosen`.
        """
        n, size = self.n_players, len(chosen)
        index = np.r_[chosen, n + chosen, 2 * n, 2 * n + 1]
        rest = np.setdiff1d(np.arange(others.shape[1]), chosen)
        held = np.r_[rest, n + rest]
        moment = (
            self._moment[index]
            - self._gram[np.ix_(index, held)] @ np.r_[others[0, rest], others[1, rest]]
        )
        moment /= self._growth
        gram = self._gram[np.ix_(index, index)] / self._growth
        ridge = np.full(len(index), penalty)
        ridge[-2:] = 1.0
        gram[np.diag_indices_from(gram)] += ridge
        target = np.r_[prior[0], prior[1], 0.0, 0.0]
        factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        beta = cho_solve(factor, moment + ridge * target, check_finite=False)
        offense, defense = slice(0, size), slice(size, 2 * size)
        if noise is None:
            nothing = np.full(size, np.nan)
            return Solution(beta[offense], beta[defense], nothing, nothing, nothing)
        inverse, info = lapack.dpotri(factor[0], lower=1, overwrite_c=1)
        if info:
            raise np.linalg.LinAlgError(f"dpotri failed with {info}")
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        moments = _error_moments(inverse, beta - target, noise, ridge)
        return Solution(beta[offense], beta[defense], *moments)

    def _grown(self, date: np.datetime64) -> float:
        days = (date - self._first) / np.timedelta64(1, "D")
        return float(2.0 ** (days / self.half_life_days))


def _error_moments(
    inverse: Floats, moved: Floats, noise: float, ridge: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the variances of both ratings and their covariance.

    The penalty is chosen to predict well, so it does not tell how far players truly are
    from the prior. That is measured: with M the inverse, A the data and t the variance
    of the deviations, the ratings have moved by ``t tr(MAAM) + noise tr(MAM)`` in
    expectation, and their errors have the covariance ``M (noise A + penalty^2 t I) M``.
    """
    size = (len(inverse) - 2) // 2
    offense, defense = slice(0, size), slice(size, 2 * size)
    penalty = float(ridge[0])
    players = inverse[: 2 * size]
    once = np.diagonal(players)
    shrunk = np.einsum("ij,ij,j->i", players, players, ridge)
    twice = np.einsum("ij,ij->i", players[:, : 2 * size], players[:, : 2 * size])
    from_noise = noise * float(np.sum(once - shrunk))
    from_players = float(np.sum(1 - 2 * penalty * once + penalty**2 * twice))
    moved_by = float(moved[: 2 * size] @ moved[: 2 * size])
    # With little data the estimate can be anything, and of players hardly seen it
    # tells nothing: it stays within half and twice of what the penalty implies.
    implied = noise / penalty
    estimate = (moved_by - from_noise) / max(from_players, 1e-9)
    spread = penalty**2 * float(np.clip(estimate, 0.5 * implied, 2 * implied))
    variance = noise * (once - shrunk) + spread * twice
    pairs = players[defense], players[offense]
    across_shrunk = np.einsum("ij,ij,j->i", *pairs, ridge)
    across_twice = np.einsum("ij,ij->i", *(pair[:, : 2 * size] for pair in pairs))
    across = noise * (np.diagonal(inverse[defense, offense]) - across_shrunk)
    across = across + spread * across_twice
    return variance[offense], variance[defense], across
