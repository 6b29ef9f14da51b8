"""The ten on court at every event of a game."""

from __future__ import annotations

from dataclasses import dataclass

from ml.ingest.playbyplay.actors import Unresolved, actors
from ml.ingest.playbyplay.events import SUBSTITUTION
from ml.ingest.playbyplay.game import AWAY, HOME, Game
from ml.ingest.playbyplay.silent import Five, add_silent


@dataclass(frozen=True)
class Lineups:
    """Who was on court.

    Attributes
    ----------
    after : list of tuple
        For each event, the home and the away five just after it (sorted ids).
    starters : dict
        Period and side to the five that began it.
    """

    after: list[tuple[Five, Five]]
    starters: dict[tuple[int, int], Five]


def resolve_lineups(game: Game, minutes: dict[int, float] | None = None) -> Lineups:
    """Find the ten on court at every event.

    A period's five are those who act or leave before they enter. One who plays a
    whole period without an event is found by elimination: he is the only one left
    of his side, or the only one whose minutes in the box score have room for it.

    Parameters
    ----------
    game : Game
        Events in playing order.
    minutes : dict of int to float, optional
        Minutes played by player, from the box score.

    Returns
    -------
    Lineups
        The ten after every event.

    Raises
    ------
    Unresolved
        If the events contradict one another or leave a choice.
    """
    periods = _rows_by_period(game)
    known = {
        (period, side): _starters(game, rows, side)
        for period, rows in periods.items()
        for side in (HOME, AWAY)
    }
    for (period, _), five in known.items():
        if len(five) > 5:
            raise Unresolved(
                f"period {period}: {len(five)} players of one side were on court"
                f" at its start: {sorted(five)}"
            )
    for side in (HOME, AWAY):
        add_silent(game, periods, known, side, minutes)
    after: list[tuple[Five, Five]] = [((), ())] * len(game.kind)
    for period, rows in periods.items():
        _walk(game, rows, (known[period, HOME], known[period, AWAY]), after)
    starters = {key: tuple(sorted(five)) for key, five in known.items()}
    return Lineups(after=after, starters=starters)


def _rows_by_period(game: Game) -> dict[int, range]:
    last = game.period[-1] if game.period else 0
    bounds = {period: [len(game.period), 0] for period in range(1, last + 1)}
    for row, period in enumerate(game.period):
        bounds[period][0] = min(bounds[period][0], row)
        bounds[period][1] = row + 1
    return {period: range(*bound) for period, bound in bounds.items()}


def _starters(game: Game, rows: range, side: int) -> set[int]:
    """Return those of one side who act or leave in a period before they enter it."""
    entered: dict[int, tuple[int, int]] = {}
    left: dict[int, int] = {}
    acted: dict[int, int] = {}
    for row in rows:
        if game.kind[row] == SUBSTITUTION:
            out, into, _ = game.players[row]
            left.setdefault(out, row)
            entered.setdefault(into, (row, game.elapsed[row]))
        else:
            for player in actors(game, row):
                acted.setdefault(player, game.elapsed[row])
    result = set()
    for player in {*entered, *left, *acted}:
        if game.sides.get(player) != side:
            continue
        if player not in entered:
            result.add(player)
            continue
        row, elapsed = entered[player]
        # Within one second the order of entries is not the order of play.
        acted_before = player in acted and acted[player] < elapsed
        if acted_before or left.get(player, row) < row:
            result.add(player)
    return result


def _walk(
    game: Game,
    rows: range,
    starters: tuple[set[int], set[int]],
    after: list[tuple[Five, Five]],
) -> None:
    """Follow the substitutions of a period and write down the ten after each event."""
    on = [frozenset(starters[HOME]), frozenset(starters[AWAY])]
    fives = [tuple(sorted(five)) for five in on]
    row = rows.start
    while row < rows.stop:
        stop = row
        while stop < rows.stop and game.elapsed[stop] == game.elapsed[row]:
            stop += 1
        moved = _moves(game, range(row, stop))
        _check_actors(game, range(row, stop), on, moved)
        current = list(on)
        for index in range(row, stop):
            if game.kind[index] == SUBSTITUTION:
                out, into, _ = game.players[index]
                side = _side_of_substitution(game, index)
                current[side] = (current[side] - {out}) | {into}
                if len(current[side]) == 5:
                    fives[side] = tuple(sorted(current[side]))
            after[index] = (fives[HOME], fives[AWAY])
        # Entries of one second may be out of order; only their sum must be right.
        on = [_apply(game, on[side], moved[side], row) for side in (HOME, AWAY)]
        fives = [tuple(sorted(five)) for five in on]
        after[stop - 1] = (fives[HOME], fives[AWAY])
        row = stop


def _side_of_substitution(game: Game, row: int) -> int:
    side = game.team_side[row]
    if side not in (HOME, AWAY):
        side = game.sides.get(game.players[row][0], HOME)
    return side


def _moves(game: Game, rows: range) -> tuple[dict[int, int], dict[int, int]]:
    """Return for each side the players exchanged: +1 entered, -1 left, 0 both."""
    moved: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for row in rows:
        if game.kind[row] == SUBSTITUTION:
            out, into, _ = game.players[row]
            net = moved[_side_of_substitution(game, row)]
            net[out] = net.get(out, 0) - 1
            net[into] = net.get(into, 0) + 1
    return moved


def _apply(
    game: Game, on: frozenset[int], moved: dict[int, int], row: int
) -> frozenset[int]:
    if not moved:
        return on
    entering = {player for player, net in moved.items() if net > 0}
    leaving = {player for player, net in moved.items() if net < 0}
    result = (on - leaving) | entering
    if entering & on or leaving - on or len(result) != 5:
        raise Unresolved(
            f"period {game.period[row]}, second {game.elapsed[row]}: entering"
            f" {sorted(entering)}, leaving {sorted(leaving)}, on court {sorted(on)}"
        )
    return result


def _check_actors(
    game: Game,
    rows: range,
    on: list[frozenset[int]],
    moved: tuple[dict[int, int], dict[int, int]],
) -> None:
    for row in rows:
        for player in actors(game, row):
            side = game.sides[player]
            if player not in on[side] and player not in moved[side]:
                raise Unresolved(
                    f"period {game.period[row]}, second {game.elapsed[row]}:"
                    f" {player} acts while off the court"
                )
