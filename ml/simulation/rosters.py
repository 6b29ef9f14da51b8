"""Who plays for whom: first teams, off-seasons, trades in mid-season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.simulation.franchises import N_TEAMS
from ml.simulation.players import Players
from ml.simulation.skills import Floats
from ml.simulation.slate import Ints

# Three players of each position, and two on two-way contracts.
SLOT_POSITIONS = np.array([0, 1, 2, 3, 4] * 3 + [1, 3])
N_ROSTER = len(SLOT_POSITIONS)
FIRST_TWO_WAY = 15
MOVE_RATE = 0.30
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


def found_league(players: Players, year: float, rng: np.random.Generator) -> Ints:
    """Fill every roster for the first season.

    Parameters
    ----------
    players : Players
        Empty; gets its first players.
    year : float
        Calendar time of the season's start.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
        Player indices.
    """
    position = np.tile(SLOT_POSITIONS, N_TEAMS)
    age = 19.5 + rng.gamma(2.6, 2.5, position.size)
    birth_year = year - np.minimum(age, 39.0)
    everyone = players.add(position, birth_year, rng)
    rosters = everyone.reshape(N_TEAMS, N_ROSTER)
    return sort_rosters(rosters, sum(players.talent(year)))


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
        slots = np.flatnonzero(SLOT_POSITIONS == position)
        group = rosters[:, slots]
        best = np.argsort(-value[group], axis=1, kind="stable")
        ordered[:, slots] = np.take_along_axis(group, best, axis=1)
    return ordered


def pass_summer(
    rosters: Ints,
    players: Players,
    year: float,
    strength: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Retirements, the draft and free agency between two seasons.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    players : Players
        Changed in place.
    year : float
        Calendar time of the new season's start.
    strength : array of shape (N_TEAMS,)
        Last season's results; the weakest team picks first.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
    """
    players.drift(rng)
    rosters = rosters.copy()
    value = np.sum(players.talent(year), axis=0)
    flat = rosters.ravel()
    age = players.age(year)[flat]
    leaves = 0.03 + 0.10 * np.maximum(age - 32.0, 0.0) - 0.06 * value[flat]
    leaves += 0.10 * (np.tile(np.arange(N_ROSTER), N_TEAMS) >= FIRST_TWO_WAY)
    gone = np.flatnonzero((rng.random(flat.size) < leaves) | (age > 40.0))
    players.active[flat[gone]] = False

    # The draft: vacancies of the weakest teams get the best of each position.
    teams = gone // N_ROSTER
    gone = gone[np.argsort(strength[teams] + rng.normal(0.0, 1.0, gone.size))]
    vacant = SLOT_POSITIONS[gone % N_ROSTER]
    rookies = players.add(vacant, year - 19.3 - rng.gamma(2.0, 1.1, gone.size), rng)
    value = np.sum(players.talent(year), axis=0)
    for position in range(5):
        places = gone[vacant == position]
        best = rookies[vacant == position]
        flat[places] = best[np.argsort(-value[best], kind="stable")]

    # Free agency: those who move change places with others of about their worth.
    moves = np.flatnonzero(rng.random(flat.size) < MOVE_RATE - 0.05 * value[flat])
    for position in range(5):
        places = moves[SLOT_POSITIONS[moves % N_ROSTER] == position]
        places = places[np.argsort(value[flat[places]] + rng.normal(0, 0.5))]
        for start in range(0, places.size, 6):
            some = places[start : start + 6]
            flat[some] = flat[rng.permutation(some)]
    return sort_rosters(flat.reshape(N_TEAMS, N_ROSTER), value)


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
