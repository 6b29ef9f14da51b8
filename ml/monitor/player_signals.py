"""Signs that players' forecasts are wrong, each in standard deviations.

Forecasts of one team's evening share their news, so that a team and game counts as one
observation. Two kinds of signs are looked for. *Lasting* ones: over thirty days, how
far the mean deviation of a forecast lies beyond what would matter to anybody. *Sudden*
ones: how far the newest day lies from the days before it, whatever those were like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.arrays import Bools, Floats
from ml.monitor.player_forecast_log import GRADED

MIN_GAMES = 50
_MIN_GAMES_OF_A_DAY = 3
# What a mean deviation may be before it matters: a share, minutes, counts.
_TOLERATED = {"P(plays)": 0.02, "min": 0.7, "pts": 0.5, "reb": 0.25, "ast": 0.2}
_TOLERATED |= {"fg3m": 0.15, "pra": 0.8}
_TOLERATED_COVERAGE = 0.04
# One absurd forecast is not a trend: losses of P(plays) and leads are held at these.
_MOST_LOSS, _MOST_LEAD = 3.0, 5.0


@dataclass(frozen=True)
class _Sums:
    """Sums of a column by team and game, and how many rows each is of."""

    total: Floats
    n: Floats


def player_signals(rows: pd.DataFrame) -> dict[str, float]:
    """Compare players' forecasts with what they did.

    Parameters
    ----------
    rows : DataFrame, shape (n_forecasts, any)
        From `ml.monitor.player_grades.grade_player_rows`, of thirty days.

    Returns
    -------
    dict of str to float
        Signal → how far from right (standard deviations, not negative); empty with
        fewer than `MIN_GAMES` games.
    """
    if rows["game_id"].nunique() < MIN_GAMES:
        return {}
    team = pd.MultiIndex.from_frame(rows[["game_id", "team_id"]]).factorize()[0]
    lasting = {
        name: (_sums(values, team), tolerated)
        for name, (values, tolerated) in _deviations(rows).items()
    }
    found = {name: _beyond(*parts) for name, parts in lasting.items()}
    for stat in ("min", "pts"):
        lead = rows[f"{stat}_mae"] - rows[f"baseline_{stat}_mae"]
        sums = _sums(lead.clip(-_MOST_LEAD, _MOST_LEAD), team)
        found[f"{stat} behind the baseline"] = max(0.0, _z(sums))
    day = pd.to_datetime(rows["game_date"])
    newest = (day == day.max()).to_numpy()
    if rows.loc[newest, "game_id"].nunique() >= _MIN_GAMES_OF_A_DAY:
        is_new = np.bincount(team, newest) > 0
        watched = {name: sums for name, (sums, _) in lasting.items()}
        for stat in GRADED:
            watched[f"{stat} error"] = _sums(rows[f"{stat}_mae"], team)
        loss = rows["play_log_loss"].clip(upper=_MOST_LOSS)
        watched["P(plays) error"] = _sums(loss, team)
        for name, sums in watched.items():
            found[f"{name}, newest day"] = _sudden(sums, is_new)
    return found


def _deviations(rows: pd.DataFrame) -> dict[str, tuple[pd.Series, float]]:
    """Return what means zero where forecasts are right, and what is tolerated."""
    said = rows["has_played"].astype(float) - rows["play_prob"]
    found = {"P(plays) bias": (said, _TOLERATED["P(plays)"])}
    for stat in GRADED:
        inside = rows[f"{stat}_inside"] - rows[f"{stat}_inside_prob"]
        found[f"{stat} bias"] = (rows[f"{stat}_error"], _TOLERATED[stat])
        found[f"{stat} intervals"] = (inside, _TOLERATED_COVERAGE)
    return found


def _sums(values: pd.Series, team: npt.NDArray[np.intp]) -> _Sums:
    there = values.notna().to_numpy()
    size = int(team.max()) + 1
    total = np.bincount(team[there], values.to_numpy(float)[there], minlength=size)
    n = np.bincount(team[there], minlength=size)
    return _Sums(np.asarray(total, dtype=float), n.astype(float))


def _beyond(sums: _Sums, tolerated: float) -> float:
    """Return how far the mean lies beyond what is tolerated."""
    excess = abs(sums.total.sum()) - tolerated * sums.n.sum()
    return max(0.0, float(excess)) / max(_spread(sums), 1e-9)


def _z(sums: _Sums) -> float:
    return float(sums.total.sum()) / max(_spread(sums), 1e-9)


def _spread(sums: _Sums) -> float:
    return float(np.sqrt((sums.total**2).sum()))


def _sudden(sums: _Sums, is_new: Bools) -> float:
    there = sums.n > 0
    means = sums.total[there] / sums.n[there]
    now, before = means[is_new[there]], means[~is_new[there]]
    if min(len(now), len(before)) < 2 * _MIN_GAMES_OF_A_DAY:
        return 0.0
    scale = before.std(ddof=1) * np.sqrt(1.0 / len(now) + 1.0 / len(before))
    return float(abs(now.mean() - before.mean()) / max(scale, 1e-9))
