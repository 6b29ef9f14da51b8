"""The rows that are forecast: everyone who could play, and what is known of him.

One row per game and player. A row whose ``is_candidate`` is false is a player without
an earlier tie to the team: he is forecast, given that he plays, but weighs nothing in
what is expected of the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools, Floats
from ml.boxscore.stats import LEARNT
from ml.errors import ModelError
from ml.models.player.history import last_before, mean_before

KEYS = ("game_id", "team_id", "player_id")
MEMORIES = (10, 40, 150)

# What is known of the player's role: minutes are per game of 48 minutes, ``_h5`` is
# exponentially weighted with a half-life of five appearances.
ROLE = (
    "min_h2",
    "min_h5",
    "min_h12",
    "min_h30",
    "min_h80",
    "min_last",
    "min_sd_h15",
    "start_share_h5",
    "start_share_h30",
    "start_share_last",
    "plus_minus_h30",
    "games_season",
    "games_career",
)
PRESENCE = (
    "games_missed",
    "days_missed",
    "played_share_l5",
    "played_share_l10",
    "played_share_l20",
    "is_same_team",
    "is_new_season",
)
# Published status: -1 the team's report is not in, 0 not on it, 1 available,
# 2 probable, 3 questionable, 4 doubtful, 5 out; null: no reports in that season.
# ``_last``: what was said of him before the game of his team's last day of play.
REPORT = (
    "report_status",
    "report_status_before",
    "report_reason",
    "report_status_last",
    "report_reason_last",
)
# P(plays) as the roster's strength reads it, with and without the report.
OUTLOOK = ("play_prob", "history_play_prob")
# 1 in the starting line-up, 0 left out of it; null: no line-up is out.
LINEUP = ("is_named_starter",)
GAME = (
    "rest_days",
    "season_game_number",
    "is_playoffs",
    "is_home",
    "margin_mean",
    "total_mean",
)
PERSON = ("position_number", "height_inches", "age_years")
# Possessions of a side per 48 minutes that games go faster with him; null: not rated.
TEMPO = ("pace_impact",)
RATES = tuple(
    f"{name}_h{memory}"
    for memory in MEMORIES
    for name in ("effective_min", *(f"{stat}_per_min" for stat in LEARNT))
)
TEAMS = (
    "team_pace",
    "opponent_pace",
    *(f"opponent_{stat}_allowed" for stat in LEARNT),
)
REQUIRED = (
    *KEYS,
    "season",
    "game_date",
    "is_candidate",
    *ROLE,
    *PRESENCE,
    *REPORT,
    *OUTLOOK,
    *LINEUP,
    *GAME,
    *PERSON,
    *TEMPO,
    *RATES,
    *TEAMS,
)

_EXPECTED_ROLE = (0.35, 0.40, 0.25)
_UNKNOWN_MINUTES = 8.0
# Games after which a past context counts for half.
_HALF_LIFE = 5.0
BIG = 4
# Whoever has been away for more games than these is not missed any more.
LONG_GONE = 11


def check_candidates(frame: pd.DataFrame) -> None:
    """Refuse a frame that lacks a column or has a row twice.

    Raises
    ------
    ModelError
        Naming the columns or the first key.
    """
    absent = [column for column in REQUIRED if column not in frame.columns]
    if absent:
        raise ModelError(
            f"candidates lack {', '.join(absent[:5])}", "build the features"
        )
    twice = frame.duplicated(list(KEYS))
    if twice.any():
        raise ModelError(
            f"candidates hold {frame.loc[twice, list(KEYS)].iloc[0].tolist()} twice"
        )


def usual_minutes(frame: pd.DataFrame) -> Floats:
    """Return the minutes of a player's usual game, shape (n_rows,)."""
    columns = zip(_EXPECTED_ROLE, ("min_h5", "min_h12", "min_h30"), strict=True)
    usual = sum(weight * frame[name].to_numpy(float) for weight, name in columns)
    return np.where(np.isnan(usual), _UNKNOWN_MINUTES, usual)


def likely_gone(frame: pd.DataFrame) -> Floats:
    """Return a first guess of P(does not play), before any model, shape (n_rows,)."""
    status = frame["report_status"].to_numpy(float)
    missed = frame["games_missed"].to_numpy(float) > 0
    unreported = np.where(missed, np.where(status == 0, 0.7, 0.85), 0.03)
    known = [status == 5, status == 4, status == 3, (status == 1) | (status == 2)]
    guess = np.select(known, [1.0, 0.9, 0.5, 0.1], unreported)
    named = frame["is_named_starter"].to_numpy(float)
    # A usual starter who is left out rarely plays.
    usual = frame["start_share_h5"].to_numpy(float) >= 0.8
    left_out = (named == 0.0) & usual
    return np.where(
        named == 1.0, 0.0, np.where(left_out, np.maximum(guess, 0.85), guess)
    )


def team_context(frame: pd.DataFrame, play_prob: Floats) -> pd.DataFrame:
    """Describe what the others leave to each player.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, ...)
        `REQUIRED`, all candidates of each team.
    play_prob : ndarray, shape (n_rows,)
        P(plays).

    Returns
    -------
    DataFrame, indexed like `frame`
        ``usual``: his usual minutes; ``demand``: those of all who may play; ``free``:
        240 less those of the others; ``lost``, ``lost_position``, ``lost_size``: of
        the absent, of all, his position, guards and wings or bigs; ``rival_position``,
        ``rival_size``: of those who may play; ``n_expected``; ``rank``; ``scaled``:
        usual minutes scaled so that a team's sum to 240.
    """
    weight = np.where(frame["is_candidate"].to_numpy(bool), play_prob, 0.0)
    usual = usual_minutes(frame)
    counts = frame["is_candidate"].to_numpy(bool) & (
        frame["games_missed"].to_numpy(float) <= LONG_GONE
    )
    position = frame["position_number"].fillna(0.0)
    work = pd.DataFrame(
        {
            "team": team_number(frame),
            "position": position,
            "is_big": position >= BIG,
            "weight": weight,
            "played": weight * usual,
            "lost": np.where(counts, (1.0 - play_prob) * usual, 0.0),
        },
        index=frame.index,
    )
    team = work.groupby("team")
    by_position = work.groupby(["team", "position"])
    by_size = work.groupby(["team", "is_big"])
    demand = team["played"].transform("sum")
    own = work["played"]
    return pd.DataFrame(
        {
            "usual": usual,
            "demand": demand,
            "free": 240.0 - (demand - own),
            "lost": team["lost"].transform("sum") - work["lost"],
            "lost_position": by_position["lost"].transform("sum") - work["lost"],
            "lost_size": by_size["lost"].transform("sum") - work["lost"],
            "rival_position": by_position["played"].transform("sum") - own,
            "rival_size": by_size["played"].transform("sum") - own,
            "n_expected": team["weight"].transform("sum"),
            "rank": team["played"].rank(ascending=False),
            "scaled": usual * (1.0 + (240.0 - demand) / 240.0),
        },
        index=frame.index,
    )


def team_number(frame: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Return which side of a game each row is of, numbered as they appear."""
    keys = pd.MultiIndex.from_frame(frame[["game_id", "team_id"]])
    return np.asarray(keys.factorize()[0])


def against_history(
    frame: pd.DataFrame, context: pd.DataFrame, has_played: Bools
) -> pd.DataFrame:
    """Compare a team's context with the one in which a player's past was made.

    Parameters
    ----------
    frame, context : DataFrame, shape (n_rows, ...)
        Rows and their `team_context`; rows in order of time.
    has_played : ndarray of bool, shape (n_rows,)
        Whether he played; false for games to come.

    Returns
    -------
    DataFrame, indexed like `frame`
        ``new_<column>``: the context less its exponentially weighted mean (half-life
        five) over the games he played before; ``last_<column>``: less its value in the
        last of them; NaN without one.
    """
    player = frame["player_id"]
    means = context[["lost", "lost_position", "lost_size", "free", "rival_size"]]
    last = context[["lost", "lost_position", "lost_size", "free", "demand"]]
    means = means - mean_before(means, player, has_played, _HALF_LIFE)
    last = last - last_before(last, player, has_played)
    return means.add_prefix("new_").join(last.add_prefix("last_"))
