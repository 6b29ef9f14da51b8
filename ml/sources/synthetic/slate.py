"""What the possession engine takes in and gives back: many games at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints

N_SLOTS = 13
REGULATION_SECONDS = 2880.0
USUAL_PACE = 98.0  # possessions of a side per 48 minutes
COUNTS = (
    "fgm",
    "fga",
    "fg3m",
    "fg3a",
    "ftm",
    "fta",
    "oreb",
    "dreb",
    "ast",
    "stl",
    "blk",
    "tov",
    "pf",
)
COUNT = {name: column for column, name in enumerate(COUNTS)}


@dataclass(frozen=True)
class Slate:
    """Games to play. Row ``2 g`` is the home side of game ``g``, ``2 g + 1`` away.

    Attributes
    ----------
    skills : array of shape (2 n_games, N_SLOTS, n_skills)
        Slots 0 to 4 start.
    positions : array of shape (2 n_games, N_SLOTS)
        0 (PG) to 4 (C).
    targets : array of shape (2 n_games, N_SLOTS)
        Planned minutes; each row sums to 240; 0 for an empty slot.
    edges : array of shape (2 n_games,)
        Added to make probabilities: home court, rest.
    play_seconds : array of shape (n_games,)
        Mean length of a fresh possession (seconds), among players of average pace.
    paces : array of shape (2 n_games, N_SLOTS)
        Possessions of a side per 48 minutes that the game goes faster with each player.
    """

    skills: Floats
    positions: Floats
    targets: Floats
    edges: Floats
    play_seconds: Floats
    paces: Floats

    @property
    def n_games(self) -> int:
        """Number of games."""
        return len(self.play_seconds)

    def take(self, games: Ints) -> Slate:
        """Return some games, by their indices."""
        rows = np.stack([2 * games, 2 * games + 1], axis=1).ravel()
        return Slate(
            self.skills[rows],
            self.positions[rows],
            self.targets[rows],
            self.edges[rows],
            self.play_seconds[games],
            self.paces[rows],
        )


@dataclass(frozen=True)
class Stints:
    """Stretches with the same ten on court, ordered by game and time.

    Attributes
    ----------
    game, period, start, end : arrays of shape (n_stints,)
        Game of the slate, period from 1, elapsed seconds.
    court : array of shape (n_stints, 2, 5)
        Slots on court, home then away.
    points, possessions : arrays of shape (n_stints, 2)
    """

    game: Ints
    period: Ints
    start: Ints
    end: Ints
    court: Ints
    points: Ints
    possessions: Ints


@dataclass(frozen=True)
class Played:
    """Outcome of a slate.

    Attributes
    ----------
    box : array of shape (2 n_games, N_SLOTS, len(COUNTS))
    seconds, plus_minus : arrays of shape (2 n_games, N_SLOTS)
    points : array of shape (2 n_games,)
    periods : array of shape (n_games,)
    stints : Stints
    """

    box: Ints
    seconds: Ints
    plus_minus: Ints
    points: Ints
    periods: Ints
    stints: Stints


def quickened(play_seconds: Floats, pace: Floats) -> Floats:
    """Return how long possessions are with players of some pace.

    Parameters
    ----------
    play_seconds : array of shape (n,)
        Mean length of a fresh possession among players of average pace (seconds).
    pace : array of shape (n,)
        Sum over the ten on court (possessions of a side per 48 minutes).

    Returns
    -------
    array of shape (n,)
        The time that all ends of the game gain is taken from fresh possessions.
    """
    usual = REGULATION_SECONDS / (2.0 * USUAL_PACE)
    shorter = REGULATION_SECONDS / (2.0 * (USUAL_PACE + pace)) - usual
    return np.maximum(play_seconds + shorter, 5.0)
