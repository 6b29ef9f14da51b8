"""Who plays for whom, and trades in mid-season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.franchises import N_TEAMS

# Three players of each position, and two on two-way contracts.
SLOT_POSITIONS = np.array([0, 1, 2, 3, 4] * 3 + [1, 3])
N_ROSTER = len(SLOT_POSITIONS)
FIRST_TWO_WAY = 15
N_TRADES = 38


@dataclass(frozen=True)
class Trade:
    """Two players change teams.

    Attributes
    ----------
    day : int
        First day of the season on which both are with their new team.
    first, second : tuple of int
        (team, slot) of each.
    """

    day: int
    first: tuple[int, int]
    second: tuple[int, int]


def sort_rosters(rosters: Ints, value: Floats) -> Ints:
    """Put the better players of a position into the earlier slots.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    value : array of shape (n_players,)

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
    """
    ordered = rosters.copy()
    for position in range(5):
        slots = np.flatnonzero(position == SLOT_POSITIONS)
        group = rosters[:, slots]
        best = np.argsort(-value[group], axis=1, kind="stable")
        ordered[:, slots] = np.take_along_axis(group, best, axis=1)
    return ordered


def draw_trades(
    rosters: Ints, value: Floats, days: tuple[int, int], rng: np.random.Generator
) -> list[Trade]:
    """Draw the trades of a season, most of them in the last days of the window.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    value : array of shape (n_players,)
    days : tuple of int
        First day and deadline of the window.
    rng : numpy.random.Generator

    Returns
    -------
    list of Trade
        Ordered by day; nobody is traded twice.
    """
    moved = np.zeros(rosters.shape, dtype=bool)
    trades = []
    for _ in range(N_TRADES):
        slot = int(rng.integers(FIRST_TWO_WAY))
        team = int(rng.integers(N_TEAMS))
        same = np.flatnonzero(SLOT_POSITIONS[:FIRST_TWO_WAY] == SLOT_POSITIONS[slot])
        gap = np.abs(value[rosters[:, same]] - value[rosters[team, slot]])
        gap[team] = np.inf
        gap[moved[:, same]] = np.inf
        partner, which = np.unravel_index(
            int((gap + rng.random(gap.shape)).argmin()), gap.shape
        )
        other = (int(partner), int(same[which]))
        if moved[team, slot] or not np.isfinite(gap[partner, which]):
            continue
        moved[team, slot] = moved[other] = True
        early = rng.random() < 0.3
        day = int(rng.integers(days[0], days[1])) if early else days[1]
        trades.append(Trade(day, (team, slot), other))
    return sorted(trades, key=lambda trade: (trade.day, trade.first))


def apply_trades(rosters: Ints, trades: list[Trade]) -> Ints:
    """Rosters after some trades.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    trades : list of Trade

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
    """
    after = rosters.copy()
    for trade in trades:
        after[trade.first], after[trade.second] = (
            after[trade.second],
            after[trade.first],
        )
    return after
