"""P(plays) of a roster, moved so that those who play fill the team's minutes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.models.player.candidates import team_number

# What candidates of a team play of its 240 minutes; newcomers play the rest.
_MINUTES = 239.0
# How much of what a roster is expected to play too much or too little is put right.
_SHARE = 0.45
_STEPS = 30
_FARTHEST = 4.0


def fill_roster(frame: pd.DataFrame, play_prob: Floats, minutes: Floats) -> Floats:
    """Move the chances of a team's players together, towards its minutes.

    Chances are forecast one by one, so that those of a roster may make up more or less
    than a game. Where they fall short, more of its players turn out than forecast.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        ``game_id, team_id, is_candidate``, all candidates of each team.
    play_prob, minutes : ndarray, shape (n_rows,)
        P(plays); expected minutes given that he plays, NaN where unknown.

    Returns
    -------
    ndarray, shape (n_rows,)
        P(plays): the log-odds of a team's candidates moved by one number, certainties
        and players without a tie left alone.
    """
    team = team_number(frame)
    moves = frame["is_candidate"].to_numpy(bool) & ~np.isnan(minutes * play_prob)
    moves &= (play_prob > 0.0) & (play_prob < 1.0)
    fixed = frame["is_candidate"].to_numpy(bool) & ~moves
    length = np.nan_to_num(minutes)
    log_odds = np.zeros(len(frame))
    log_odds[moves] = np.log(play_prob[moves] / (1.0 - play_prob[moves]))

    def expected(chance: Floats) -> Floats:
        part = np.where(moves, chance, np.where(fixed, np.nan_to_num(play_prob), 0.0))
        return np.asarray(np.bincount(team, weights=part * length), dtype=float)

    def chances(shift: Floats) -> Floats:
        return np.asarray(1.0 / (1.0 + np.exp(-(log_odds + shift[team]))))

    now = expected(play_prob)
    aim = now + _SHARE * (_MINUTES - now)
    low, high = np.full(len(now), -_FARTHEST), np.full(len(now), _FARTHEST)
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        short = expected(chances(middle)) < aim
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(moves, chances((low + high) / 2.0), play_prob)
