"""The coach's plan: who dresses, who starts, and how many minutes each should get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.rosters import FIRST_TWO_WAY, N_ROSTER, SLOT_POSITIONS
from ml.sources.synthetic.slate import N_SLOTS

# Planned minutes by rank in the rotation.
PLAN = np.array(
    [36.6, 35.0, 33.2, 31.0, 28.2, 24.0, 20.4, 16.7, 11.6, 6.6, 0.4, 0.3, 0.2]
)
PLAN_SPREAD = 0.085  # of the logarithm of a player's minutes, game by game
TASTE = 0.25  # a coach's error about a player, in value


@dataclass(frozen=True)
class Plan:
    """Line-ups of team games.

    Attributes
    ----------
    slots : array of shape (n_rows, N_SLOTS)
        Roster slots by rank; the first five start, PG to C.
    minutes : array of shape (n_rows, N_SLOTS)
        Planned; each row sums to 240.
    """

    slots: Ints
    minutes: Floats


def plan_rotations(value: Floats, plays: Ints, rng: np.random.Generator) -> Plan:
    """Choose starters by position, then rank everybody by worth.

    Parameters
    ----------
    value : array of shape (n_rows, N_ROSTER)
        The coach's opinion of each man on the roster.
    plays : array of shape (n_rows, N_ROSTER)
        1 where the man is at his disposal.
    rng : numpy.random.Generator

    Returns
    -------
    Plan
    """
    n_rows = len(value)
    index = np.arange(n_rows)
    opinion = value + rng.normal(0.0, 0.12, value.shape)
    opinion -= 0.6 * (np.arange(N_ROSTER) >= FIRST_TWO_WAY)
    opinion = np.where(plays == 1, opinion, -99.0)
    starters = np.zeros((n_rows, 5), dtype=np.int64)
    left = opinion.copy()
    for position in (4, 0, 3, 1, 2):
        fit = left - 1.1 * np.abs(SLOT_POSITIONS - position)
        starters[:, position] = fit.argmax(axis=1)
        left[index, starters[:, position]] = -999.0
    bench = np.argsort(-left, axis=1, kind="stable")[:, : N_SLOTS - 5]
    slots = np.concatenate([starters, bench], axis=1)
    chosen = np.take_along_axis(opinion, slots, axis=1)
    order = np.argsort(-chosen[:, :5], axis=1, kind="stable")
    minutes = np.tile(PLAN, (n_rows, 1))
    np.put_along_axis(minutes, order, PLAN[:5][None, :].repeat(n_rows, 0), axis=1)
    minutes *= np.exp(rng.normal(0.0, PLAN_SPREAD, minutes.shape))
    minutes[chosen < -50.0] = 0.0
    return Plan(slots, _to_240(minutes))


def _to_240(minutes: Floats) -> Floats:
    """Scale rows to 240 minutes with nobody above 42."""
    for _ in range(4):
        minutes = minutes * (240.0 / minutes.sum(axis=1, keepdims=True))
        minutes = np.minimum(minutes, 42.0)
    return np.asarray(minutes * (240.0 / minutes.sum(axis=1, keepdims=True)))
