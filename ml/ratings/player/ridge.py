"""Ridge regression of stints on the ten players, kept as normal equations.

Each side of a stint scores what its five attack better than the other five defend:
with o for attack, d for defence, H and A for who is on court, the home side's excess
is ``H o - A d + h/2 + c`` and the away side's ``A o - H d - h/2 + c``. Weigh both sides
alike, and the sum of squares falls into two parts that share no unknown: the stint's
margin is ``(H - A)(o + d) + h``, its total ``(H + A)(o - d) + 2c``. So attack and
defence of n players cost two systems of n unknowns, not one of 2n, an eighth of the
work each; and the shrinkage of o and d is the same shrinkage of their sum and
difference. Leaders ease, so the home side's lead when the stint began is another term
of the margin, its size of the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import blas, lapack

from ml.arrays import Floats, Ints

State = Mapping[str, npt.NDArray[Any]]

# What all stints have in common here: the level of the outcome and the score's share.
N_COMMON = 2
# Shares of what the penalty implies. For whom box scores do not know it is .6 at least:
# below a half, first games would make a rating less certain.
BOUNDS = (0.35, 2.0)


@dataclass(frozen=True)
class Solution:
    """What each chosen player adds.

    Attributes
    ----------
    value : ndarray, shape (n_chosen,)
        Points per 100 possessions.
    variance : ndarray, shape (n_chosen,)
        Of the values' errors (squared points); nan where not asked for.
    common : ndarray, shape (n_common,)
        Coefficients of what is no player's.
    """

    value: Floats
    variance: Floats
    common: Floats


class StintRidge:
    """Normal equations of one outcome of all stints so far, older ones fading.

    Instead of shrinking the past, a new date weighs more; the solver divides by the
    growth. That is exact, and a date costs only its own stints.

    Parameters
    ----------
    n_players : int
        Number of players that may ever appear.
    half_life_days : float
        A stint this old counts half (days).
    n_common : int
        Number of terms that are no player's; they are not shrunken.

    References
    ----------
    Sill, J. (2010). Improved NBA adjusted +/- using regularization and out-of-sample
    testing. MIT Sloan Sports Analytics Conference.
    """

    def __init__(
        self, n_players: int, *, half_life_days: float, n_common: int = N_COMMON
    ) -> None:
        self.half_life_days = half_life_days
        self.n_common = n_common
        # What is common comes first, player i at i + n_common.
        size = n_players + n_common
        self.gram = np.zeros((size, size))
        self.moment = np.zeros(size)
        self.first: np.datetime64 = np.datetime64("NaT", "D")
        self.growth = 1.0
        # Sums of the stints' weights and, what their noise goes by, of the squares.
        self.weights = np.zeros(2)

    def add(
        self,
        date: np.datetime64,
        players: Ints,
        signs: Floats,
        *,
        common: Floats,
        weight: Floats,
        outcome: Floats,
    ) -> None:
        """Add the stints of one date.

        Parameters
        ----------
        date : numpy.datetime64
            Not before the date added last.
        players : ndarray of int, shape (n_present,)
            Indices, ascending.
        signs : ndarray, shape (n_stints, n_present)
            How often each player's value is in each outcome.
        common : ndarray, shape (n_stints, n_common)
            The level's ones, and what else is no player's.
        weight : ndarray, shape (n_stints,)
            Possessions, or what else an outcome is sure by.
        outcome : ndarray, shape (n_stints,)
            Points per 100 possessions, or of what players are rated by.
        """
        if np.isnat(self.first):
            self.first = date
        days = (date - self.first) / np.timedelta64(1, "D")
        self.growth = float(2.0 ** (days / self.half_life_days))
        rows = np.column_stack([common, signs])
        weighted = (rows * (self.growth * weight)[:, None]).T
        index = np.r_[np.arange(self.n_common), players + self.n_common]
        self.gram[np.ix_(index, index)] += weighted @ rows
        self.moment[index] += weighted @ outcome
        possessions = float(weight.sum())
        self.weights += self.growth * possessions, self.growth**2 * possessions

    def state(self, name: str, n_known: int) -> dict[str, npt.NDArray[Any]]:
        """Return own copies of all that `restore` needs.

        Parameters
        ----------
        name : str
            What the arrays' names begin with.
        n_known : int
            How many players have appeared.

        Returns
        -------
        dict of str to ndarray
        """
        size = n_known + self.n_common
        values = {
            "gram": self.gram[:size, :size].copy(),
            "moment": self.moment[:size].copy(),
            "first": np.array(self.first),
            "growth": np.array(self.growth),
            "weights": self.weights.copy(),
        }
        return {f"{name}_{part}": value for part, value in values.items()}

    def restore(self, name: str, state: State) -> None:
        """Go on from what `state` returned, of no more players than there are now.

        Parameters
        ----------
        name : str
            What the arrays' names begin with.
        state : mapping of str to ndarray
            The arrays, and maybe others.
        """
        size = len(state[f"{name}_moment"])
        self.gram[:size, :size] = state[f"{name}_gram"]
        self.moment[:size] = state[f"{name}_moment"]
        self.first = as_date(state[f"{name}_first"])
        self.growth = float(state[f"{name}_growth"])
        self.weights[:] = state[f"{name}_weights"]

    def exposure(self) -> Floats:
        """Return each player's faded possessions of one end.

        Returns
        -------
        ndarray, shape (n_players,)
        """
        exposure: Floats = np.diagonal(self.gram)[self.n_common :] / self.growth
        return exposure

    def presence(self) -> Floats:
        """Return each player's faded possessions, of a whole game his share of them.

        Only where nobody's value counts negatively, as in totals; of stints alone it is
        the exposure.

        Returns
        -------
        ndarray, shape (n_players,)
        """
        presence: Floats = self.gram[0, N_COMMON:] / self.growth
        return presence

    def solve(
        self,
        chosen: Ints,
        prior: Floats,
        others: Floats,
        *,
        penalty: float,
        noise: float | None = None,
        looseness: Floats | None = None,
        uncertainty: Floats | None = None,
        bounds: tuple[float, float] = BOUNDS,
    ) -> Solution:
        """Solve for some players; the rest are held at given values.

        Parameters
        ----------
        chosen : ndarray of int, shape (n_chosen,)
            Indices of the players to rate, ascending.
        prior : ndarray, shape (n_chosen,)
            Where values are shrunken to.
        others : ndarray, shape (n_known,)
            Values of all players so far; those not chosen are held at them.
        penalty : float
            Strength of the shrinkage, in possessions.
        noise : float, optional
            Variance of one possession's outcome. Given it, the variances of the
            errors are worked out too (thrice the work).
        looseness : ndarray, shape (n_chosen,), optional
            How much more each player's own deviation from the prior varies than that of
            whom the prior knows best, as a factor; alike by default.
        uncertainty : ndarray, shape (n_chosen, n_causes), optional
            What each of independent causes may have moved the priors by; they are
            right but for players' own deviations by default.
        bounds : tuple of float
            Least and largest variance of players' deviations from the prior, as shares
            of what the penalty implies.

        Returns
        -------
        Solution
            In the order of `chosen`.
        """
        n_common = self.n_common
        index = np.r_[np.arange(n_common), chosen + n_common]
        held = np.r_[np.zeros(n_common), others]
        held[index] = 0.0
        rows = self.gram[index, : len(held)]
        target = np.r_[np.zeros(n_common), prior]
        ridge = np.full(len(index), penalty)
        # Level and score are not shrunken; the 1 keeps them defined.
        ridge[:n_common] = 1.0
        moment = (self.moment[index] - rows @ held) / self.growth + ridge * target
        gram = rows.take(index, axis=1) / self.growth
        np.einsum("ii->i", gram)[:] += ridge
        # The matrix is symmetric: its transpose is what LAPACK would copy it to.
        factor, failed = lapack.dpotrf(gram.T, lower=1, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError(f"dpotrf failed with {failed}")
        value = lapack.dpotrs(factor, moment, lower=1)[0].ravel()
        if noise is None:
            unknown = np.full(len(chosen), np.nan)
            return Solution(value[n_common:], unknown, value[:n_common])
        inverse, failed = lapack.dpotri(factor, lower=1, overwrite_c=1)
        if failed:
            raise np.linalg.LinAlgError(f"dpotri failed with {failed}")
        kept = float(self.weights[1] / self.weights[0] / self.growth)
        loose = np.ones(len(chosen)) if looseness is None else looseness
        variance = _error_variance(
            inverse,
            value - target,
            noise=noise,
            kept=kept,
            ridge=ridge,
            loose=loose,
            bounds=bounds,
        )
        if uncertainty is not None:
            moved = np.vstack([np.zeros((n_common, uncertainty.shape[1])), uncertainty])
            kept_of_it = penalty * blas.dsymm(1.0, inverse, moved, lower=1)[n_common:]
            variance += np.sum(kept_of_it**2, axis=1)
        return Solution(value[n_common:], variance, value[:n_common])


def as_date(stored: npt.NDArray[Any]) -> np.datetime64:
    """Return the date that an array of no dimension holds."""
    return np.datetime64(stored.item(), "D")


def level_and_score(lead: Floats) -> Floats:
    """Return what stints have in common where points are rated.

    Parameters
    ----------
    lead : ndarray, shape (n_stints,)
        What the score was when the stint began.

    Returns
    -------
    ndarray, shape (n_stints, N_COMMON)
    """
    return np.column_stack([np.ones(len(lead)), lead])


def _error_variance(
    inverse: Floats,
    moved: Floats,
    *,
    noise: float,
    kept: float,
    ridge: Floats,
    loose: Floats,
    bounds: tuple[float, float],
) -> Floats:
    """Return the variances of the values' errors.

    The penalty is chosen to predict well, so it does not tell how far players truly are
    from the prior. That is measured: with M the inverse, A the data and t L the
    variances of the deviations (L diagonal, `loose`), the values have moved by
    ``t tr(MALAM) + noise tr(MAM)`` in expectation, and their errors have the
    covariance ``M (noise A + penalty^2 t L) M``.
    A faded stint counts with a share f of its possessions, but its noise with f^2: of
    the noise, `kept` is left, the mean of f weighed with f.

    Only the lower triangle of `inverse` is filled, the rest is 0.
    """
    n_common = len(ridge) - len(loose)
    penalty = float(ridge[-1])
    once = np.diagonal(inverse)[n_common:]
    squares = inverse**2
    of_common = squares[n_common:, :n_common].sum(axis=1)
    players = squares[n_common:, n_common:]
    twice = players.sum(axis=0) + players.sum(axis=1) - once**2
    from_loose = loose @ players + players @ loose - once**2 * loose
    shrunk = penalty * twice + ridge[0] * of_common
    # With little data the estimate can be anything, and of players hardly seen it
    # tells nothing: it stays near what the penalty implies.
    implied = noise / penalty
    noise *= kept
    from_noise = noise * float(np.sum(once - shrunk))
    from_players = float(loose @ (1 - 2 * penalty * once + penalty**2 * twice))
    moved_by = float(moved[n_common:] @ moved[n_common:])
    estimate = (moved_by - from_noise) / max(from_players, 1e-9)
    spread = penalty**2 * float(np.clip(estimate, *(implied * np.array(bounds))))
    variance: Floats = noise * (once - shrunk) + spread * from_loose
    return variance
