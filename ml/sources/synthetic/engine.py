"""Plays a slate of games, possession by possession, all games side by side."""

from __future__ import annotations

import numpy as np

from ml.sources.synthetic.chances import play_chance
from ml.sources.synthetic.court import Court
from ml.sources.synthetic.slate import Played, Slate
from ml.sources.synthetic.substitutions import AT_ONCE, substitute


def play_games(slate: Slate, rng: np.random.Generator) -> Played:
    """Play every game of a slate to its end, overtime included.

    Parameters
    ----------
    slate : Slate
    rng : numpy.random.Generator

    Returns
    -------
    Played
    """
    court = Court(slate)
    court.tip_winner[:] = rng.integers(0, 2, slate.n_games)
    court.offence[:] = court.tip_winner
    court.next_change -= rng.integers(-60, 60, 2 * slate.n_games)
    while not court.over.all():
        _end_periods(court)
        substitute(court, rng)
        games = np.flatnonzero(~court.over)
        if games.size:
            play_chance(court, games, rng)
    return Played(
        box=court.box,
        seconds=court.seconds,
        plus_minus=court.plus_minus,
        points=court.points,
        periods=court.period,
        stints=court.stints(),
    )


def _end_periods(court: Court) -> None:
    """Where the clock is at zero, start the next period or end the game."""
    ended = np.flatnonzero((court.clock <= 0) & ~court.over)
    if ended.size == 0:
        return
    court.close_stints(ended)
    period = court.period[ended]
    decided = court.points[2 * ended] != court.points[2 * ended + 1]
    finished = (period >= 4) & decided
    court.over[ended[finished]] = True
    ongoing = ended[~finished]
    court.period[ongoing] += 1
    now = court.period[ongoing]
    court.clock[ongoing] = np.where(now <= 4, 720, 300)
    first = court.tip_winner[ongoing]
    court.offence[ongoing] = np.where((now == 2) | (now == 3), 1 - first, first)
    court.fresh[ongoing] = True
    for side in (0, 1):
        rows = 2 * ongoing + side
        court.team_fouls[rows] = 0
        court.next_change[rows] = AT_ONCE
