"""The state of the forecasts: healthy, watch, degraded or blocked, with hysteresis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ml.monitor.signals import signals

LEVELS = ("healthy", "watch", "degraded", "blocked")
# Standard deviations at which a level begins. Of 150 simulated seasons of right
# forecasts 25 % come to watch and 1 % to degraded; margins that are off by 4 points
# are degraded after 17 days, by 6 after 10 (medians of 20 seasons).
RAISE = (3.0, 4.0, 6.0)
# Of players: a size from which a level is degraded at once. No chance brings it.
AT_ONCE = 10.0
# A level ends below this share of where it began.
CLEAR = 0.75
NIGHTS_UP = 2
NIGHTS_DOWN = 3
DAYS = 30
_DEGRADED = LEVELS.index("degraded")
ADVICE = {
    "healthy": "Nothing to do.",
    "watch": "Look at the plots. No action unless it lasts; a rule change or a trade "
    "deadline can do this.",
    "degraded": "Compare champion and challenger (tipoff models compare), retrain "
    "(tipoff train), or go back (tipoff models rollback).",
    "blocked": "Forecasts are made and kept but not delivered. Go back to an earlier "
    "model (tipoff models rollback) or find the broken input.",
}


@dataclass(frozen=True)
class Night:
    """The state after one day of results.

    Attributes
    ----------
    day : date
        The newest day graded (US/Eastern).
    n_games : int
        Games of the last `DAYS` days.
    signal : str
        The worst signal; empty with too few games.
    worst : float
        Its size (standard deviations).
    level : str
        One of `LEVELS`.
    """

    day: date
    n_games: int
    signal: str
    worst: float
    level: str


def alarm_history(
    grades: pd.DataFrame,
    signals_of: Callable[[pd.DataFrame], dict[str, float]] = signals,
    *,
    at_once: float = math.inf,
) -> list[Night]:
    """Follow the state through every day that was graded.

    Parameters
    ----------
    grades : DataFrame
        From `ml.monitor.grades.grade`, or of players.
    signals_of : callable
        Gives the signals of the rows of `DAYS` days.
    at_once : float
        See `follow`.

    Returns
    -------
    list of Night
        Oldest first. It depends on forecasts and results only, so that a rerun gives
        the same.
    """
    found = []
    for day in sorted(grades["game_date"].unique()):
        since = day - pd.Timedelta(days=DAYS)
        rows = grades[(grades["game_date"] > since) & (grades["game_date"] <= day)]
        sizes = signals_of(rows)
        name = max(sizes, key=lambda key: sizes[key]) if sizes else ""
        n_games = rows["game_id"].nunique()
        found.append((pd.Timestamp(day).date(), n_games, name, sizes.get(name, 0.0)))
    states = follow([worst for *_, worst in found], at_once=at_once)
    return [
        Night(day, n_games, name, worst, level)
        for (day, n_games, name, worst), level in zip(found, states, strict=True)
    ]


def follow(worst: Sequence[float], *, at_once: float = math.inf) -> list[str]:
    """Turn the worst signal of each night into levels.

    Parameters
    ----------
    worst : sequence of float
        Standard deviations, oldest first.
    at_once : float
        From this size on a level is degraded without waiting.

    Returns
    -------
    list of str
        A level rises, by one, after `NIGHTS_UP` nights at or above where the next one
        begins, and falls, by one, after `NIGHTS_DOWN` nights below `CLEAR` of where
        its own began.
    """
    level = above = below = 0
    states = []
    for size in worst:
        above = above + 1 if level < len(RAISE) and size >= RAISE[level] else 0
        below = below + 1 if level > 0 and size < CLEAR * RAISE[level - 1] else 0
        if size >= at_once and level < _DEGRADED:
            level, above, below = _DEGRADED, 0, 0
        elif above >= NIGHTS_UP:
            level, above, below = level + 1, 0, 0
        elif below >= NIGHTS_DOWN:
            level, above, below = level - 1, 0, 0
        states.append(LEVELS[level])
    return states
