"""Who meets whom how often, and at whose home."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ml.arrays import Ints
from ml.sources.synthetic.franchises import FRANCHISES, N_TEAMS

FULL_SEASON = 82


def draw_matchups(n_games_per_team: int, rng: np.random.Generator) -> Ints:
    """List the games of a regular season, in no order.

    Parameters
    ----------
    n_games_per_team : int
        82 gives the league's own pattern (4 games against division rivals, 3 or 4
        within the conference, 2 across); fewer gives a round robin cut short.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (15 n_games_per_team, 2)
        Home and away team (indices).
    """
    if n_games_per_team != FULL_SEASON:
        return _round_robin(n_games_per_team, rng)
    fours = _conference_fours(rng)
    games = []
    surplus = np.zeros(N_TEAMS, dtype=int)
    for one, two in combinations(range(N_TEAMS), 2):
        first, second = FRANCHISES[one], FRANCHISES[two]
        if first.conference != second.conference:
            games += [(one, two), (two, one)]
        elif first.division == second.division or (one, two) in fours:
            games += [(one, two), (two, one)] * 2
        else:
            games += [(one, two), (two, one)]
            host = one if surplus[one] <= surplus[two] else two
            guest = one + two - host
            surplus[host] += 1
            surplus[guest] -= 1
            games.append((host, guest))
    return rng.permutation(np.array(games, dtype=np.int64))


def _conference_fours(rng: np.random.Generator) -> set[tuple[int, int]]:
    """Pairs of a conference, of different divisions, that meet four times."""
    pairs = set()
    for conference in (0, 1):
        divisions = [
            rng.permutation(
                [
                    index
                    for index, team in enumerate(FRANCHISES)
                    if team.division == 3 * conference + part
                ]
            )
            for part in range(3)
        ]
        for left, right in combinations(divisions, 2):
            for place, team in enumerate(left):
                for step in range(3):
                    rival = right[(place + step) % 5]
                    pairs.add((int(min(team, rival)), int(max(team, rival))))
    return pairs


def _round_robin(n_rounds: int, rng: np.random.Generator) -> Ints:
    circle = rng.permutation(N_TEAMS)
    games = []
    for number in range(n_rounds):
        turned = np.concatenate(
            [circle[:1], np.roll(circle[1:], number % (N_TEAMS - 1))]
        )
        half = N_TEAMS // 2
        pairs = np.stack([turned[:half], turned[half:][::-1]], axis=1)
        flip = (np.arange(half) + number + number // (N_TEAMS - 1)) % 2 == 1
        pairs[flip] = pairs[flip][:, ::-1]
        games.append(pairs)
    return rng.permutation(np.concatenate(games).astype(np.int64))
