"""Final scores as a distribution on the points that a final score can have.

Margin and total of a game follow a bivariate Student-t, kept only where they can lie:
both whole, of the same parity (home = (total + margin) / 2 is whole), margin not zero
(overtime decides). With ``f`` the bivariate density and ``f_M``, ``f_T`` its margins,

    P(M = m, T = t) = 2 f(m, t) / Z     m, t of one parity, m != 0
    P(M = m)        = f_M(m) / Z        m != 0
    P(T = t)        = (f_T(t) - 2 f(0, t) [t even]) / Z
    P(H = h)        = (f_H(h) - 2 f(0, 2h)) / Z
    Z               = 1 - f_M(0)

The sums over one parity equal half the integrals up to ``exp(-π² s² / 2)`` (Poisson's
summation formula), which for spreads s above 5 points is below 1e-50. The latent
location and scale are chosen so that mean and sd of the margin and the mean of the
total *on the lattice* are those asked for (the sd of the total: within 0.2 %).

References
----------
Stern, H. (1991). On the probability of winning a football game. The American
Statistician 45 (normal margin around the expected margin).
Kotz, S. & Nadarajah, S. (2004). Multivariate t Distributions and Their Applications.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from ml.arrays import Floats, Ints
from ml.errors import ModelError

MARGINS: Ints = np.arange(-150, 151)
TOTALS: Ints = np.arange(0, 501)
POINTS: Ints = np.arange(0, 301)
_STEPS = 60


@dataclass(frozen=True)
class ScoreDistribution:
    """Joint distribution of the final scores of several games.

    Attributes
    ----------
    margin, margin_scale : ndarray, shape (n_games,)
        Latent location and scale of home - away (points).
    total, total_scale : ndarray, shape (n_games,)
        Latent location and scale of home + away (points).
    correlation : float
        Of latent margin and total, within (-1, 1).
    df : float
        Degrees of freedom, above 2.
    """

    margin: Floats
    margin_scale: Floats
    total: Floats
    total_scale: Floats
    correlation: float
    df: float

    @classmethod
    def from_moments(
        cls,
        *,
        margin_mean: npt.ArrayLike,
        margin_sd: npt.ArrayLike,
        total_mean: npt.ArrayLike,
        total_sd: npt.ArrayLike,
        correlation: float,
        df: float,
    ) -> ScoreDistribution:
        """Find the latent distribution that has these moments on the lattice.

        Parameters
        ----------
        margin_mean, margin_sd : array_like, shape (n_games,)
            Mean and sd of home - away (points).
        total_mean, total_sd : array_like, shape (n_games,)
            Mean and sd of home + away (points).
        correlation : float
            Of latent margin and total.
        df : float
            Degrees of freedom.

        Raises
        ------
        ModelError
            If a moment is not finite or a spread is not between 0.5 and 60 points, if
            the correlation is not within (-1, 1) or `df` is not above 2.
        """
        mean, sd, total, total_sd_ = np.broadcast_arrays(
            np.atleast_1d(np.asarray(margin_mean, dtype=float)),
            np.asarray(margin_sd, dtype=float),
            np.asarray(total_mean, dtype=float),
            np.asarray(total_sd, dtype=float),
        )
        _check_moments(mean, sd, total, total_sd_, correlation=correlation, df=df)
        shrink = np.sqrt((df - 2.0) / df)
        loc, scale = mean, sd * shrink
        for _ in range(_STEPS):
            tie = _t_pdf(0.0, loc, scale, df)
            loc = mean * (1.0 - tie)
            variance = (1.0 - tie) * (sd**2 + mean**2) - loc**2
            scale = np.sqrt(variance) * shrink
        tie = _t_pdf(0.0, loc, scale, df)
        total_scale = total_sd_ * shrink
        # E[T] = (loc_T - tie · E[T | M = 0]) / Z, E[T | M = 0] = loc_T - slope · loc_M
        slope = correlation * total_scale / scale
        total_loc = total - tie * slope * loc / (1.0 - tie)
        return cls(loc, scale, total_loc, total_scale, float(correlation), float(df))

    @property
    def home_win_prob(self) -> Floats:
        """P(home win), shape (n_games,)."""
        return np.asarray(self.margin_pmf()[:, MARGINS > 0].sum(axis=1))

    def margin_pmf(self) -> Floats:
        """Return P(home - away = m) for `MARGINS`, shape (n_games, 301)."""
        pmf = _t_pdf(
            MARGINS[None, :], self.margin[:, None], self.margin_scale[:, None], self.df
        )
        pmf[:, MARGINS == 0] = 0.0
        return _normalised(pmf)

    def total_pmf(self) -> Floats:
        """Return P(home + away = t) for `TOTALS`, shape (n_games, 501)."""
        pmf = _t_pdf(
            TOTALS[None, :], self.total[:, None], self.total_scale[:, None], self.df
        )
        pmf -= np.where(TOTALS % 2 == 0, 2.0 * self._joint(0, TOTALS), 0.0)
        return _normalised(pmf)

    def points_pmf(self, *, home: bool) -> Floats:
        """Return P(points = h) of one side for `POINTS`, shape (n_games, 301)."""
        sign = 1.0 if home else -1.0
        covariance = self.correlation * self.margin_scale * self.total_scale
        variance = self.margin_scale**2 + self.total_scale**2 + 2 * sign * covariance
        pmf = _t_pdf(
            POINTS[None, :],
            ((self.total + sign * self.margin) / 2.0)[:, None],
            (np.sqrt(variance) / 2.0)[:, None],
            self.df,
        )
        return _normalised(pmf - 2.0 * self._joint(0, 2 * POINTS))

    def sample(self, game: int, n_draws: int, *, random_state: int) -> Ints:
        """Draw final scores of one game from the joint distribution itself.

        Draws are systematic (one in each of `n_draws` slices of equal probability, in
        order of margin), so that their mean margin, mean total and share of wins are
        those of the distribution: to 0.01, 2 / n_draws and 1 / n_draws. Any order of
        the draws is as likely as any other.

        Parameters
        ----------
        game : int
            Position of the game.
        n_draws : int
            Number of draws.
        random_state : int
            Seed.

        Returns
        -------
        ndarray of int, shape (n_draws, 2)
            Points of home and away; never equal.
        """
        one = ScoreDistribution(
            self.margin[[game]],
            self.margin_scale[[game]],
            self.total[[game]],
            self.total_scale[[game]],
            self.correlation,
            self.df,
        )
        home, away = (
            points.ravel() for points in np.meshgrid(POINTS, POINTS, indexing="ij")
        )
        margin, total = home - away, home + away
        pmf = np.where(margin != 0, one._joint(margin, total)[0], 0.0)
        # Totals run up and down by turns, so that what a slice cuts off evens out.
        order = np.lexsort((np.where(margin % 2 == 0, total, -total), margin))
        cumulative = np.cumsum(pmf[order])
        rng = np.random.default_rng(random_state)
        levels = (np.arange(n_draws) + rng.random(n_draws)) / n_draws * cumulative[-1]
        cells = order[np.searchsorted(cumulative, levels, side="right")]
        draws = rng.permutation(np.column_stack([home[cells], away[cells]]))
        # A point more or less to both sides of a few draws sets the mean total.
        excess = draws.sum() - n_draws * float(moments(one.total_pmf(), TOTALS)[0][0])
        n_moved = min(abs(round(excess / 2.0)), n_draws)
        draws[:n_moved] -= np.where(excess > 0, 1, -1)
        return np.asarray(rng.permutation(draws))

    def _joint(self, margin: npt.ArrayLike, total: npt.ArrayLike) -> Floats:
        rho, df = self.correlation, self.df
        x = (np.asarray(margin) - self.margin[:, None]) / self.margin_scale[:, None]
        y = (np.asarray(total) - self.total[:, None]) / self.total_scale[:, None]
        distance = (x**2 - 2.0 * rho * x * y + y**2) / (1.0 - rho**2)
        constant = 2.0 * np.pi * np.sqrt(1.0 - rho**2)
        scale = (self.margin_scale * self.total_scale)[:, None]
        return np.asarray((1.0 + distance / df) ** (-df / 2.0 - 1.0) / constant / scale)


def quantiles(pmf: Floats, support: Ints, level: float) -> Floats:
    """Return a quantile of each row, each whole number spread over ± 1/2.

    Parameters
    ----------
    pmf : ndarray, shape (n_games, n_values)
        Probabilities, each row summing to 1.
    support : ndarray of int, shape (n_values,)
        Consecutive whole numbers.
    level : float
        Within (0, 1).

    Returns
    -------
    ndarray, shape (n_games,)
        Where the distribution function, linear between half points, crosses `level`;
        so intervals hold what they say, which whole-number quantiles do not.
    """
    cdf = np.cumsum(pmf, axis=1)
    cell = np.argmax(cdf >= level, axis=1)
    rows = np.arange(len(pmf))
    inside = (cdf[rows, cell] - level) / pmf[rows, cell]
    return np.asarray(support[cell] + 0.5 - inside)


def prob_over(pmf: Floats, support: Ints, line: npt.ArrayLike) -> Floats:
    """Return P(value > line) of each row; at a whole line, a push is not over."""
    lines = np.broadcast_to(np.asarray(line, dtype=float), (len(pmf),))
    return np.asarray((pmf * (support[None, :] > lines[:, None])).sum(axis=1))


def moments(pmf: Floats, support: Ints) -> tuple[Floats, Floats]:
    """Return mean and sd of each row, each of shape (n_games,)."""
    mean = pmf @ support
    variance = (pmf * (support[None, :] - mean[:, None]) ** 2).sum(axis=1)
    return np.asarray(mean), np.asarray(np.sqrt(variance))


def _normalised(pmf: Floats) -> Floats:
    return np.asarray(pmf / pmf.sum(axis=1, keepdims=True))


def _t_pdf(
    x: npt.ArrayLike, loc: npt.ArrayLike, scale: npt.ArrayLike, df: float
) -> Floats:
    z = (np.asarray(x) - np.asarray(loc)) / np.asarray(scale)
    constant = np.exp(special.gammaln((df + 1.0) / 2.0) - special.gammaln(df / 2.0))
    body = (1.0 + z**2 / df) ** (-(df + 1.0) / 2.0)
    return np.asarray(constant / np.sqrt(df * np.pi) / np.asarray(scale) * body)


def _check_moments(*moments: Floats, correlation: float, df: float) -> None:
    mean, sd, total, total_sd = moments
    if not (np.isfinite(mean).all() and np.isfinite(total).all()):
        raise ModelError("expected margins or totals are not finite")
    for name, spread in (("margin", sd), ("total", total_sd)):
        bad = ~((spread >= 0.5) & (spread <= 60.0))
        if bad.any():
            raise ModelError(f"the sd of a {name} must be 0.5-60, got {spread[bad][0]}")
    if not (-1.0 < correlation < 1.0 and df > 2.0):
        raise ModelError(
            f"correlation must be within (-1, 1) and df above 2, "
            f"got {correlation} and {df}"
        )
