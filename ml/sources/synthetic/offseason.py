"""Between two seasons: retirements, the draft, free agency."""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.franchises import N_TEAMS
from ml.sources.synthetic.players import Players
from ml.sources.synthetic.rosters import (
    FIRST_TWO_WAY,
    N_ROSTER,
    SLOT_POSITIONS,
    sort_rosters,
)
from ml.sources.synthetic.skills import impact

MOVE_RATE = 0.62
MARKET_SIZE = 24  # free agents of about the same worth who change places
FOUNDING_NOISE = 5.0  # of a player's worth where teams choose players: at first
DEAL_NOISE = 0.4  # and every summer
WISH_NOISE = 0.3  # of a team's appeal, from player to player
BALANCE = 5.4  # spread of team strength the league keeps to (points per 100)
N_DEALINGS = 16  # free agencies drawn, of which the best balanced is taken
# Share of a game each roster slot plays, starters first.
_SHARES = np.repeat([0.66, 0.33, 0.01, 0.0], [5, 5, 5, 2])


def found_league(
    players: Players, year: float, appeal: Floats, rng: np.random.Generator
) -> Ints:
    """Fill every roster for the first season.

    Parameters
    ----------
    players : Players
        Empty; gets its first players.
    year : float
        Calendar time of the season's start.
    appeal : array of shape (N_TEAMS,)
        How much the better players prefer each team.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
        Player indices.
    """
    position = np.tile(SLOT_POSITIONS, N_TEAMS)
    age = 19.5 + rng.gamma(2.6, 2.5, position.size)
    everyone = players.add(position, year - np.minimum(age, 39.0), rng)
    worth = _worth(players, year)
    dealings = [
        _deal(
            everyone,
            np.arange(everyone.size),
            market=everyone.size,
            noise=FOUNDING_NOISE,
            worth=worth,
            appeal=appeal,
            rng=rng,
        )
        for _ in range(N_DEALINGS)
    ]
    return _most_balanced(dealings, worth)


def pass_summer(
    rosters: Ints,
    players: Players,
    year: float,
    *,
    strength: Floats,
    appeal: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Let players retire, draft rookies and move free agents.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    players : Players
        Changed in place.
    year : float
        Calendar time of the new season's start.
    strength : array of shape (N_TEAMS,)
        Last season's results; the weakest team picks first.
    appeal : array of shape (N_TEAMS,)
        How much the better players prefer each team.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (N_TEAMS, N_ROSTER)
    """
    players.drift(rng)
    flat = rosters.ravel().copy()
    gone = _retire(flat, players, year, rng)
    gone = gone[np.argsort(strength[gone // N_ROSTER] + rng.normal(0, 1, gone.size))]
    vacant = SLOT_POSITIONS[gone % N_ROSTER]
    rookies = players.add(vacant, year - 19.3 - rng.gamma(2.0, 1.1, gone.size), rng)
    worth = _worth(players, year)
    for position in range(5):
        best = rookies[vacant == position]
        flat[gone[vacant == position]] = best[np.argsort(-worth[best], kind="stable")]
    value = np.sum(players.talent(year), axis=0)
    dealings = []
    for _ in range(N_DEALINGS):
        moves = np.flatnonzero(rng.random(flat.size) < MOVE_RATE - 0.05 * value[flat])
        dealings.append(
            _deal(
                flat,
                moves,
                market=MARKET_SIZE,
                noise=DEAL_NOISE,
                worth=worth,
                appeal=appeal,
                rng=rng,
            )
        )
    return _most_balanced(dealings, worth)


def next_appeal(appeal: Floats, rng: np.random.Generator) -> Floats:
    """Let the teams' appeal wander; half of it lasts a year.

    Parameters
    ----------
    appeal : array of shape (N_TEAMS,)
        All zero before the first season.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (N_TEAMS,)
    """
    fresh = rng.normal(0.0, 1.0, appeal.size)
    return 0.5 * appeal + np.sqrt(0.75) * fresh if appeal.any() else fresh


def _worth(players: Players, year: float) -> Floats:
    """Points per 100 possessions each player is worth, both sides together."""
    worth: Floats = np.sum(impact(players.skills(year), players.active), axis=0)
    return worth


def _retire(
    flat: Ints, players: Players, year: float, rng: np.random.Generator
) -> Ints:
    """Places of those who end their careers; the old and the weak first."""
    value = np.sum(players.talent(year), axis=0)[flat]
    age = players.age(year)[flat]
    leaves = 0.03 + 0.10 * np.maximum(age - 32.0, 0.0) - 0.06 * value
    leaves += 0.10 * (np.arange(flat.size) % N_ROSTER >= FIRST_TWO_WAY)
    gone = np.flatnonzero((rng.random(flat.size) < leaves) | (age > 40.0))
    players.active[flat[gone]] = False
    return gone


def _deal(
    flat: Ints,
    moves: Ints,
    *,
    market: int,
    noise: float,
    worth: Floats,
    appeal: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Rosters after free agency: the better players go where it appeals to them.

    Those at the places `moves` change places within their position and with others
    of about their worth, `market` of them at a time.
    """
    dealt = flat.copy()
    for position in range(5):
        places = moves[SLOT_POSITIONS[moves % N_ROSTER] == position]
        places = places[np.argsort(worth[flat[places]], kind="stable")]
        for start in range(0, places.size, market):
            some = places[start : start + market]
            quality = worth[flat[some]] + rng.normal(0.0, noise, some.size)
            wish = appeal[some // N_ROSTER] + rng.normal(0.0, WISH_NOISE, some.size)
            to = some[np.argsort(wish, kind="stable")]
            dealt[to] = flat[some[np.argsort(quality, kind="stable")]]
    return sort_rosters(dealt.reshape(N_TEAMS, N_ROSTER), worth)


def _most_balanced(dealings: list[Ints], worth: Floats) -> Ints:
    """Choose the rosters whose spread of strength is nearest to the league's own."""
    spread = [float((worth[rosters] @ _SHARES).std()) for rosters in dealings]
    return dealings[int(np.abs(np.array(spread) - BALANCE).argmin())]
