"""Lineups that are supposed: who starts for whom, foul trouble, a longer bench."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ml.errors import SettingsError

# A starter with a third foul in the first half plays so much of his usual minutes,
# beside starters with one or none.
FOUL_TROUBLE = 0.89
# So much of the starters' or the bench's minutes can go to the others, and a bench can
# play so many times as long.
_MOST_MOVED = 0.8
_MOST_TIMES = 3.0
_STARTERS = 5


@dataclass(frozen=True)
class Lineup:
    """What is supposed of a game's lineups.

    Attributes
    ----------
    starts : Mapping of int to int
        Players, and in whose place each starts: they swap their expected minutes.
    foul_trouble : tuple of int
        Players who play `FOUL_TROUBLE` of their expected minutes.
    bench : Mapping of int to float
        Teams, and how many minutes more their benches play together; fewer below 0.
    """

    starts: Mapping[int, int] = field(default_factory=dict)
    foul_trouble: tuple[int, ...] = ()
    bench: Mapping[int, float] = field(default_factory=dict)

    @property
    def players(self) -> list[int]:
        """Everyone it names, as often as it does."""
        return [*self.starts, *self.starts.values(), *self.foul_trouble]


def minute_factors(
    lineup: Lineup, expected: pd.DataFrame, *, others: Collection[int] = ()
) -> dict[int, float]:
    """Return what a lineup multiplies players' expected minutes by.

    Who starts is read from the minutes: the five of a team who are expected to play
    most, with all else that is supposed. A longer bench takes from all starters, and
    gives to the whole bench, in proportion to what they play.

    Parameters
    ----------
    lineup : Lineup
        What is supposed.
    expected : DataFrame, shape (n_players, any)
        ``team_id, player_id, player_name, play_prob, min`` of one game, as forecast.
    others : collection of int
        Players of whom something else is supposed; a bench is made without them.

    Raises
    ------
    SettingsError
        If it contradicts itself or what else is supposed.
    """
    table = expected.set_index("player_id")
    named = lineup.players
    twice = {player for player in named if named.count(player) > 1}
    twice |= set(named) & set(others)
    if twice:
        names = table["player_name"].astype(str)[sorted(twice)]
        raise SettingsError(f"two things are supposed of {', '.join(names)}")
    factors = dict.fromkeys(lineup.foul_trouble, FOUL_TROUBLE)
    for player, place in lineup.starts.items():
        if table["team_id"][player] != table["team_id"][place]:
            one, other = table["player_name"][[player, place]]
            raise SettingsError(
                f"{one} cannot start in place of {other}: they are no teammates"
            )
        ratio = float(table["min"][place] / table["min"][player])
        factors |= {player: ratio, place: 1.0 / ratio}
    free = table[~table.index.isin(list(others))]
    for team, more in lineup.bench.items():
        side = free[free["team_id"] == team]
        moved = [factors.get(int(player), 1.0) for player in side.index]
        usual = (side["play_prob"] * side["min"] * moved).sort_values(
            ascending=False, kind="stable"
        )
        starters, bench = usual[:_STARTERS], usual[_STARTERS:]
        least = -_MOST_MOVED * bench.sum()
        most = min(_MOST_MOVED * starters.sum(), (_MOST_TIMES - 1.0) * bench.sum())
        if not least <= more <= most:
            raise SettingsError(
                f"a bench cannot play {more:g} minutes more",
                f"this one from {least:.0f} to {most:.0f}",
            )
        for part, change in ((starters, -more), (bench, more)):
            factor = 1.0 + change / max(float(part.sum()), 1e-9)
            factors |= {int(who): factors.get(who, 1.0) * factor for who in part.index}
    return factors
