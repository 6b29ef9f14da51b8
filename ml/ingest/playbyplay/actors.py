"""Who takes part in an event, and so must be on court."""

from __future__ import annotations

from collections.abc import Iterable

from ml.ingest.playbyplay.events import (
    FOUL,
    FREE_THROW,
    JUMP_BALL,
    MADE,
    MISS,
    REBOUND,
    TURNOVER,
    VIOLATION,
)
from ml.ingest.playbyplay.game import Game

# Technical fouls are also called on the bench, and the file's player may be the coach.
_TECHNICAL_FOULS = frozenset({11, 12, 13, 16, 17, 18, 19, 25, 30, 32, 33})
TECHNICAL_FREE_THROWS = frozenset({16, 21, 22})
_ACTS = {MADE, MISS, FREE_THROW, REBOUND, TURNOVER, FOUL, VIOLATION, JUMP_BALL}


class Unresolved(Exception):  # noqa: N818
    """A game whose lineups the events do not determine; the text is the reason."""


def actors(game: Game, row: int) -> Iterable[int]:
    """Return the players who, to take part in this event, must be on court.

    Parameters
    ----------
    game : Game
        The game.
    row : int
        The event's index.

    Returns
    -------
    iterable of int
        Player ids; empty for timeouts, technical fouls and team events.
    """
    kind = game.kind[row]
    if kind not in _ACTS:
        return ()
    action = game.action[row]
    if kind == FOUL and action in _TECHNICAL_FOULS:
        return ()
    if kind == FREE_THROW and action in TECHNICAL_FREE_THROWS:
        return ()
    return [player for player in game.players[row] if player in game.sides]
