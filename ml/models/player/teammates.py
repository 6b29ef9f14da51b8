"""What teammates do: who of them starts, and what they make with the ball."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats
from ml.models.player.candidates import BIG, LONG_GONE, team_number
from ml.models.player.history import mean_before

_WORK = ("pts", "ast", "fga")
_HALF_LIFE = 10.0


def start_context(frame: pd.DataFrame, play_prob: Floats) -> pd.DataFrame:
    """Describe who is expected to start beside each player.

    A player named in the line-up starts and one whom it leaves out does not; where no
    line-up is out, he starts as often as he did of late, if he plays.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        `ml.models.player.candidates.REQUIRED`, all candidates of each team.
    play_prob : ndarray, shape (n_rows,)
        P(plays).

    Returns
    -------
    DataFrame, indexed like `frame`
        ``free_start``: five less the starters expected beside him; ``start_size``,
        ``start_position``: those among guards and wings or bigs, and at his position;
        the same with ``_last``, from the last game alone.
    """
    weight = np.where(frame["is_candidate"].to_numpy(bool), play_prob, 0.0)
    named = frame["is_named_starter"].to_numpy(float)
    position = frame["position_number"].fillna(0.0)
    keys = pd.DataFrame(
        {"team": team_number(frame), "position": position}, index=frame.index
    )
    keys["is_big"] = position >= BIG
    out: dict[str, object] = {}
    for ending, column in (("", "start_share_h5"), ("_last", "start_share_last")):
        usual = weight * frame[column].fillna(0.0).to_numpy(float)
        own = pd.Series(np.where(np.isnan(named), usual, named), index=frame.index)

        def others(by: list[str], own: pd.Series = own) -> pd.Series:
            return own.groupby([keys[name] for name in by]).transform("sum") - own

        out[f"free_start{ending}"] = 5.0 - others(["team"])
        out[f"start_size{ending}"] = others(["team", "is_big"])
        out[f"start_position{ending}"] = others(["team", "position"])
    return pd.DataFrame(out, index=frame.index)


def work_context(
    frame: pd.DataFrame,
    usual: pd.Series,
    play_prob: Floats,
    minutes: Floats,
    has_played: Bools,
) -> pd.DataFrame:
    """Describe the points, assists and shots of who plays beside each player.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        Rows in order of time, all candidates of each team.
    usual : Series, shape (n_rows,)
        Usual minutes (`ml.models.player.candidates.team_context`).
    play_prob, minutes : ndarray, shape (n_rows,)
        P(plays); expected minutes given that he plays, NaN where unknown.
    has_played : ndarray of bool, shape (n_rows,)
        Whether he played; false for games to come.

    Returns
    -------
    DataFrame, indexed like `frame`
        ``mates_<stat>``: what the others are expected to do at their own rates;
        ``gone_<stat>``: what the absent would; ``new_`` before each: less its
        exponentially weighted mean over the games he played before (half-life ten).
    """
    candidate = frame["is_candidate"].to_numpy(bool)
    missed = candidate & (frame["games_missed"].to_numpy(float) <= LONG_GONE)
    team = team_number(frame)
    here = np.where(candidate, play_prob, 0.0) * np.nan_to_num(minutes)
    away = np.where(missed, (1.0 - play_prob) * usual.to_numpy(float), 0.0)
    out = {}
    for stat in _WORK:
        rate = frame[f"{stat}_per_min_h150"].fillna(0.0).to_numpy(float)
        for name, time in (("mates", here), ("gone", away)):
            own = pd.Series(time * rate, index=frame.index)
            out[f"{name}_{stat}"] = own.groupby(team).transform("sum") - own
    work = pd.DataFrame(out)
    before = mean_before(work, frame["player_id"], has_played, _HALF_LIFE)
    return work.join((work - before).add_prefix("new_"))
