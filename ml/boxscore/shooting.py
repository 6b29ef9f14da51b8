"""Makes and misses that add up to the points, in every draw."""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Ints

# Threes and free throws made, given the points: what a point above expectation adds,
# and their spread around that (measured on team boxes, 2019-20 ... 2022-23; free throws
# less what the players' own factors add).
_THREES_PER_POINT = 0.16
_THREES_SD = 2.8
_FREE_THROWS_PER_POINT = 0.13
_FREE_THROWS_SD = 4.3
# A three more goes with fewer free throws at the same points.
_CORRELATION = -0.25
# Misses, given the makes: who makes more has fewer shots left to miss.
_MISSES_PER_MAKE = -0.58
_MISSES_PER_FREE_THROW = -0.23
_MISSES_SD = 5.3


def draw_makes(
    points: Ints, twos: Floats, threes: Floats, free: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Draw a team's makes of each kind.

    Parameters
    ----------
    points : ndarray of int, shape (n_draws,)
        Points of the team, not negative.
    twos, threes, free : ndarray, shape (n_draws,)
        Expected makes, given who plays how long.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    twos, threes, free : ndarray of int, shape (n_draws,)
        ``2 · twos + 3 · threes + free == points``, none negative.
    """
    surprise = points - (2.0 * twos + 3.0 * threes + free)
    first = rng.standard_normal(len(points))
    second = _CORRELATION * first + np.sqrt(
        1.0 - _CORRELATION**2
    ) * rng.standard_normal(len(points))
    sd_threes = _THREES_SD * np.sqrt(threes / 12.4)
    sd_free = _FREE_THROWS_SD * np.sqrt(free / 17.5)
    n_threes = np.rint(threes + _THREES_PER_POINT * surprise + sd_threes * first)
    n_threes = np.clip(n_threes, 0, points // 3)
    left = points - 3 * n_threes
    n_free = np.rint(free + _FREE_THROWS_PER_POINT * surprise + sd_free * second)
    n_free = np.clip(n_free, 0, left)
    # Two-pointers take an even rest: a free throw more or less makes it so.
    odd = (left - n_free) % 2 == 1
    up = (rng.random(len(points)) < 0.5) | (n_free == 0)
    n_free = n_free + np.where(odd, np.where(up & (n_free < left), 1, -1), 0)
    n_twos = (left - n_free) // 2
    return n_twos.astype(np.int64), n_threes.astype(np.int64), n_free.astype(np.int64)


def draw_misses(
    misses: Floats, extra_makes: Floats, extra_free: Floats, rng: np.random.Generator
) -> Ints:
    """Draw a team's missed field goals.

    Parameters
    ----------
    misses : ndarray, shape (n_draws,)
        Expected misses, given who plays how long.
    extra_makes, extra_free : ndarray, shape (n_draws,)
        Field goals and free throws made beyond expectation.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_draws,)
        Not negative.
    """
    mean = misses + _MISSES_PER_MAKE * extra_makes + _MISSES_PER_FREE_THROW * extra_free
    spread = _MISSES_SD * np.sqrt(misses / 46.8)
    drawn = np.rint(mean + spread * rng.standard_normal(len(misses)))
    return np.maximum(drawn, 0.0).astype(np.int64)


def allocate(total: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    """Share out counts between players: a multinomial with given weights.

    Parameters
    ----------
    total : ndarray of int, shape (n_draws,)
        What is shared out.
    weight : ndarray, shape (n_draws, n_players)
        Not negative; a row of zeros shares out evenly among the first five.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_draws, n_players)
        Each row sums to `total`; weightless players get nothing.
    """
    left_weight = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    out = np.zeros(weight.shape, dtype=np.int64)
    left = total.astype(np.int64)
    for player in range(weight.shape[1]):
        # Most of a roster plays in few draws: only those are looked at.
        rows = np.flatnonzero(weight[:, player] > 0.0)
        share = np.minimum(weight[rows, player] / left_weight[rows, player], 1.0)
        if player + 1 < weight.shape[1]:
            # The last one with weight takes what is left, whatever rounding says.
            share[left_weight[rows, player + 1] <= 0.0] = 1.0
        else:
            share[:] = 1.0
        taken = rng.binomial(left[rows], share)
        out[rows, player] = taken
        left[rows] -= taken
    return out
