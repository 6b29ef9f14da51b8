"""Possessions: where each one ends, whose it was, and which lineup answers for it."""

from __future__ import annotations

from dataclasses import dataclass

from ml.ingest.playbyplay.actors import TECHNICAL_FREE_THROWS
from ml.ingest.playbyplay.events import (
    FOUL,
    FREE_THROW,
    MADE,
    MISS,
    PERIOD_END,
    REBOUND,
    TURNOVER,
)
from ml.ingest.playbyplay.game import NOBODY, Game

_ONE_OF_ONE = 10
# Others keep the ball: flagrant and clear-path fouls have numbers of their own.
_LAST_OF_TRIP = frozenset({12, 15})


@dataclass(frozen=True)
class PossessionEnd:
    """The end of one possession.

    Attributes
    ----------
    row : int
        The event that ended it.
    side : int
        Who had the ball.
    credit_row : int
        The event whose lineup answers for it: the foul before free throws,
        otherwise `row`.
    """

    row: int
    side: int
    credit_row: int


def foul_rows(game: Game) -> dict[int, int]:
    """Map each free throw to the event whose lineup it belongs to.

    Parameters
    ----------
    game : Game
        Events in playing order.

    Returns
    -------
    dict of int to int
        Free-throw row to the last foul before it at the same clock; where there is
        none, to the first event of that clock.
    """
    result: dict[int, int] = {}
    clock, first, foul = (0, -1), 0, -1
    for row, kind in enumerate(game.kind):
        now = (game.period[row], game.elapsed[row])
        if now != clock:
            clock, first, foul = now, row, -1
        if kind == FOUL:
            foul = row
        elif kind == FREE_THROW:
            result[row] = foul if foul >= 0 else first
    return result


def possession_ends(game: Game) -> list[PossessionEnd]:
    """Find the end of every possession.

    One ends with a made shot (after its free throw, if there is one), the last made
    free throw of a trip, a defensive rebound, a turnover, or the period, if the side
    had shot or been fouled since it got the ball; time run out without a play is no
    possession.

    Parameters
    ----------
    game : Game
        Events in playing order.

    Returns
    -------
    list of PossessionEnd
        In playing order.
    """
    ball = _Ball(game)
    for row, kind in enumerate(game.kind):
        if kind == PERIOD_END:
            ball.stop(row)
        elif game.team_side[row] != NOBODY and kind in _PLAYS:
            ball.play(row)
    return ball.ends


_PLAYS = frozenset({MADE, MISS, FREE_THROW, REBOUND, TURNOVER})


class _Ball:
    """Follows the ball through a game and writes down where possessions end."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.ends: list[PossessionEnd] = []
        self._fouls = foul_rows(game)
        self._and_ones = _and_ones(game)
        # Who has shot or been fouled and still has the ball, or a rebound to win.
        self._pending = NOBODY
        # The foul before the free throw that was missed last; -1 after other plays.
        self._foul = -1
        # Misses without their rebound: a tip-in is often written before the rebound
        # that made it possible.
        self._loose = 0

    def stop(self, row: int) -> None:
        """End the period."""
        if self._pending != NOBODY:
            self._end(row, self._pending, row)

    def play(self, row: int) -> None:
        """Follow one shot, free throw, rebound or turnover."""
        game = self.game
        kind, side = game.kind[row], game.team_side[row]
        if kind == FREE_THROW and game.action[row] in TECHNICAL_FREE_THROWS:
            return
        if self._loose and side != self._pending:
            # A defensive rebound; or one not written down, and the other side plays on.
            self._end(row, self._pending, self._foul if self._foul >= 0 else row)
        if kind == REBOUND:
            self._loose = max(self._loose - 1, 0)
        elif kind == TURNOVER or (kind == MADE and row not in self._and_ones):
            self._end(row, side, row)
        elif kind == FREE_THROW and self._is_last(row) and game.points[row]:
            self._end(row, side, self._fouls[row])
        else:
            self._keep(row, side)

    def _keep(self, row: int, side: int) -> None:
        kind = self.game.kind[row]
        self._pending = side
        self._foul = self._fouls.get(row, -1)
        if kind == MISS:
            self._loose += 1
        elif kind == FREE_THROW:
            self._loose = 1 if self._is_last(row) else 0

    def _end(self, row: int, side: int, credit_row: int) -> None:
        self.ends.append(PossessionEnd(row, side, credit_row))
        self._pending, self._foul, self._loose = NOBODY, -1, 0

    def _is_last(self, row: int) -> bool:
        action = self.game.action[row]
        return action in _LAST_OF_TRIP or (
            action == _ONE_OF_ONE and row in self._and_ones
        )


def _and_ones(game: Game) -> frozenset[int]:
    """Return the made shots with a free throw to follow, and those free throws."""
    made: dict[tuple[int, int, int], list[int]] = {}
    single: dict[tuple[int, int, int], list[int]] = {}
    for row, kind in enumerate(game.kind):
        key = (game.period[row], game.elapsed[row], game.team_side[row])
        if kind == MADE:
            made.setdefault(key, []).append(row)
        elif kind == FREE_THROW and game.action[row] == _ONE_OF_ONE:
            single.setdefault(key, []).append(row)
    pairs = [(made[key][-1], rows[-1]) for key, rows in single.items() if key in made]
    return frozenset(row for pair in pairs for row in pair)
