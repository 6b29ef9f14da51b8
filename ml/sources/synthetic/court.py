"""State of many games in progress, and the record of their stints."""

from __future__ import annotations

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.slate import COUNTS, N_SLOTS, Slate, Stints, quickened


def elapsed_seconds(period: Ints, clock: Ints) -> Ints:
    """Seconds since tip-off.

    Parameters
    ----------
    period, clock : arrays of the same shape
        Period from 1 and seconds left in it.

    Returns
    -------
    array of the same shape
    """
    full = 720 * np.minimum(period, 4) + 300 * np.maximum(period - 4, 0)
    elapsed: Ints = full - clock
    return elapsed


class Court:
    """Mutable state of a slate in play; one row a side as in :class:`Slate`.

    Parameters
    ----------
    slate : Slate
        The games.
    """

    def __init__(self, slate: Slate) -> None:
        n_games = slate.n_games
        n_rows = 2 * n_games
        self.slate = slate
        self.period = np.ones(n_games, dtype=np.int64)
        self.clock = np.full(n_games, 720, dtype=np.int64)
        self.over = np.zeros(n_games, dtype=bool)
        self.offence = np.zeros(n_games, dtype=np.int64)
        self.tip_winner = np.zeros(n_games, dtype=np.int64)
        self.fresh = np.ones(n_games, dtype=bool)
        self.points = np.zeros(n_rows, dtype=np.int64)
        self.team_fouls = np.zeros(n_rows, dtype=np.int64)
        self.next_change = np.full(n_rows, 720 - 300, dtype=np.int64)
        self.court = np.tile(np.arange(5), (n_rows, 1))
        self.skills: Floats = slate.skills[:, :5].copy()
        self.paces: Floats = slate.paces[:, :5].copy()
        self.box = np.zeros((n_rows, N_SLOTS, len(COUNTS)), dtype=np.int64)
        self.seconds = np.zeros((n_rows, N_SLOTS), dtype=np.int64)
        self.plus_minus = np.zeros((n_rows, N_SLOTS), dtype=np.int64)
        self.stint_start = np.zeros(n_games, dtype=np.int64)
        self.stint_points = np.zeros((n_games, 2), dtype=np.int64)
        self.stint_possessions = np.zeros((n_games, 2), dtype=np.int64)
        self._stints: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]] = []

    def lead(self, games: Ints, side: Ints) -> Ints:
        """Points by which `side` leads its game."""
        lead: Ints = self.points[2 * games + side] - self.points[2 * games + 1 - side]
        return lead

    def close_stints(self, games: Ints) -> None:
        """End the running stint of each of `games` at its clock."""
        now = elapsed_seconds(self.period[games], self.clock[games])
        length = now - self.stint_start[games]
        both = self.court.reshape(-1, 2, 5)[games]
        score = self.stint_points[games]
        margin = score[:, 0] - score[:, 1]
        for side in (0, 1):
            rows = (2 * games + side)[:, None]
            slots = both[:, side]
            self.seconds[rows, slots] += length[:, None]
            self.plus_minus[rows, slots] += ((1 - 2 * side) * margin)[:, None]
        kept = (
            (length > 0) | score.any(axis=1) | self.stint_possessions[games].any(axis=1)
        )
        some = games[kept]
        self._stints.append(
            (
                some,
                self.period[some],
                self.stint_start[some],
                now[kept],
                both[kept],
                score[kept],
                self.stint_possessions[some],
            )
        )
        self.stint_start[games] = now
        self.stint_points[games] = 0
        self.stint_possessions[games] = 0

    def field(self, rows: Ints, court: Ints) -> None:
        """Put the slots `court` (shape (n, 5)) on court for `rows`."""
        self.court[rows] = court
        self.skills[rows] = self.slate.skills[rows[:, None], court]
        self.paces[rows] = self.slate.paces[rows[:, None], court]

    def play_seconds(self, games: Ints) -> Floats:
        """Return the mean length of a fresh possession with those on court."""
        pace = self.paces[2 * games].sum(axis=1) + self.paces[2 * games + 1].sum(axis=1)
        return quickened(self.slate.play_seconds[games], pace)

    def stints(self) -> Stints:
        """All closed stints, ordered by game and start."""
        columns = [np.concatenate(parts) for parts in zip(*self._stints, strict=True)]
        order = np.lexsort((columns[3], columns[2], columns[0]))
        return Stints(*(column[order] for column in columns))
