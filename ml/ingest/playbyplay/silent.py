"""Players who spend a whole period on court without an event."""

from __future__ import annotations

from itertools import combinations, product

from ml.ingest.playbyplay.actors import Unresolved, actors
from ml.ingest.playbyplay.events import (
    SUBSTITUTION,
    period_seconds,
    period_start_seconds,
)
from ml.ingest.playbyplay.game import Game

Five = tuple[int, ...]


def add_silent(
    game: Game,
    periods: dict[int, range],
    known: dict[tuple[int, int], set[int]],
    side: int,
    minutes: dict[int, float] | None,
) -> None:
    """Fill up the fives that players without an event have left open.

    Parameters
    ----------
    game : Game
        Events in playing order.
    periods : dict of int to range
        The rows of each period.
    known : dict of (int, int) to set of int
        Period and side to those known to have begun it; filled up in place.
    side : int
        The side to complete.
    minutes : dict of int to float, optional
        Minutes played by player, from the box score.

    Raises
    ------
    Unresolved
        If no choice, or more than one, agrees with the events and the minutes.
    """
    gaps = {period: 5 - len(known[period, side]) for period in periods}
    gaps = {period: count for period, count in gaps.items() if count}
    if not gaps:
        return
    team = {player for player, its in game.sides.items() if its == side}
    choices = []
    for period, count in gaps.items():
        seen = _seen(game, periods[period], side)
        candidates = sorted(team - seen - known[period, side])
        choices.append(list(combinations(candidates, count)))
    options = list(product(*choices)) if len(choices) <= 3 else []
    if len(options) > 1 and minutes is not None:
        played = _seconds_played(game, periods, known, side)
        options = _fitting(options, list(gaps), played, minutes)
    if len(options) != 1:
        raise Unresolved(
            f"period {', '.join(map(str, gaps))}: the events leave"
            f" {len(options)} possible lineups of team {game.team_ids[side]}"
        )
    for period, players in zip(gaps, options[0], strict=True):
        known[period, side] |= set(players)


def _seen(game: Game, rows: range, side: int) -> set[int]:
    """Return those of one side who took part in a period or were exchanged in it."""
    seen: set[int] = set()
    for row in rows:
        if game.kind[row] == SUBSTITUTION:
            seen.update(game.players[row][:2])
        else:
            seen.update(actors(game, row))
    return {player for player in seen if game.sides.get(player) == side}


def _seconds_played(
    game: Game,
    periods: dict[int, range],
    known: dict[tuple[int, int], set[int]],
    side: int,
) -> dict[int, float]:
    """Return the seconds played by those whose time the events tell."""
    seconds: dict[int, float] = {}
    for period, rows in periods.items():
        clock = period_start_seconds(period)
        current = set(known[period, side])
        for row in (*rows, None):
            now = (
                period_start_seconds(period) + period_seconds(period)
                if row is None
                else game.elapsed[row]
            )
            for player in current:
                seconds[player] = seconds.get(player, 0) + now - clock
            clock = now
            if row is not None and game.kind[row] == SUBSTITUTION:
                out, into, _ = game.players[row]
                if game.sides.get(into) == side:
                    current = (current - {out}) | {into}
    return seconds


def _fitting(
    options: list[tuple[Five, ...]],
    periods: list[int],
    played: dict[int, float],
    minutes: dict[int, float],
) -> list[tuple[Five, ...]]:
    """Keep the options that the minutes of the box score allow.

    The box has whole minutes: a true choice is at most 60 seconds off, a wrong one
    is off by a period.
    """
    result = []
    for option in options:
        added: dict[int, float] = {}
        for period, players in zip(periods, option, strict=True):
            for player in players:
                added[player] = added.get(player, 0) + period_seconds(period)
        silent = {player for each in options for five in each for player in five}
        off = [
            abs(played.get(player, 0) + added.get(player, 0) - 60 * minutes[player])
            if player in minutes
            else added.get(player, 0)
            for player in silent
        ]
        if max(off) <= 60:
            result.append(option)
    return result
