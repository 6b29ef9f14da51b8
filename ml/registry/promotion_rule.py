"""Champion or challenger: the rule by which a model takes the place of another.

Both forecast the same games, which neither learnt from. Losses are compared game by
game, summed over days (games of one evening share their news), with Student's t.

A challenger is promoted

* where it is *better*: the mean of the joint loss is lower at the 5 % level, one-sided,
  and no single loss is higher at that level; or
* where the champion is *old* and the challenger *no worse*: every single loss is lower
  than the champion's + 2 % at the 5 % level.

So a challenger that is no better is promoted over a fresh champion in at most 5 of 100
comparisons, and one that is worse by 2 % or more over an old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ml.arrays import Floats
from ml.metrics import score

LEVEL = 0.05
TOLERANCE = 0.02
MIN_GAMES = 200
MIN_DAYS = 10
OLD_AFTER_DAYS = 45
LOSSES = ("log_loss", "margin_crps", "total_crps")


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison.

    Attributes
    ----------
    outcome : {"promote", "refuse", "undecided"}
        Undecided where there were too few games.
    reason : str
        Why, with the figures.
    n_games : int
        Games compared.
    differences : dict of str to float
        Mean loss of the challenger minus that of the champion, relative to the
        champion's; negative where the challenger is better. ``joint`` is their mean.
    p_better, p_no_worse : float
        One-sided p-values: of the joint loss against equality, and the largest of the
        single ones against being worse by the tolerance.
    """

    outcome: Literal["promote", "refuse", "undecided"]
    reason: str
    n_games: int
    differences: dict[str, float]
    p_better: float
    p_no_worse: float


def losses(forecasts: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return log loss and CRPS of forecasts, one row a game.

    Parameters
    ----------
    forecasts : DataFrame, shape (n_games, any)
        ``home_win_prob`` and mean and sd of margin and total.
    results : DataFrame, shape (n_games, any)
        ``home_margin, total_points`` of the same games in the same order.
    """
    outcomes = results[["home_margin", "total_points"]].reset_index(drop=True)
    games = forecasts.reset_index(drop=True).assign(**outcomes)
    found = score.team_losses(games)
    return pd.DataFrame({name: found[name] for name in LOSSES})


def decide(
    champion: pd.DataFrame,
    challenger: pd.DataFrame,
    days: npt.ArrayLike,
    *,
    champion_is_old: bool = False,
) -> Verdict:
    """Compare two models on the same games.

    Parameters
    ----------
    champion, challenger : DataFrame, shape (n_games, n_losses)
        Losses, small is good, in the same columns.
    days : array_like, shape (n_games,)
        The day of each game.
    champion_is_old : bool
        Whether being no worse is enough.

    Returns
    -------
    Verdict
    """
    means = champion.to_numpy(float).mean(axis=0)
    # Relative to the champion's, so that points and nats count alike.
    single = (challenger.to_numpy(float) - champion.to_numpy(float)) / means
    relative = {"joint": single.mean(axis=1)}
    relative |= {str(name): single[:, at] for at, name in enumerate(champion.columns)}
    figures = {name: float(values.mean()) for name, values in relative.items()}
    _, day = np.unique(np.asarray(days), return_inverse=True)
    games = np.bincount(day).astype(float)
    n_games, n_days = len(single), len(games)
    if n_games < MIN_GAMES or n_days < MIN_DAYS:
        reason = (
            f"on trial: {n_games} of {MIN_GAMES} games, {n_days} of {MIN_DAYS} days"
        )
        return Verdict("undecided", reason, n_games, figures, np.nan, np.nan)
    sums: dict[str, Floats] = {
        name: np.asarray(np.bincount(day, values), dtype=float)
        for name, values in relative.items()
    }
    p_better = _p_below(sums.pop("joint"), games, 0.0)
    worse = [
        name
        for name, values in sums.items()
        if _p_below(values, games, 0.0) > 1.0 - LEVEL
    ]
    p_no_worse = max(_p_below(values, games, TOLERANCE) for values in sums.values())
    told = f"joint loss {figures['joint']:+.2%} on {n_games} games (p = {p_better:.3f})"
    if p_better <= LEVEL and not worse:
        outcome, reason = "promote", f"better: {told}"
    elif p_better <= LEVEL:
        outcome, reason = "refuse", f"better on the whole, worse in {worse[0]}: {told}"
    elif champion_is_old and p_no_worse <= LEVEL:
        outcome = "promote"
        reason = f"no worse than an old champion: {told}, {TOLERANCE:.0%} excluded"
    elif champion_is_old:
        outcome = "refuse"
        reason = f"might be worse by {TOLERANCE:.0%}: {told}"
    else:
        outcome, reason = "refuse", f"not better beyond noise: {told}"
    return Verdict(outcome, reason, n_games, figures, p_better, p_no_worse)  # type: ignore[arg-type]


def _p_below(sums: Floats, games: Floats, bound: float) -> float:
    """Return the p-value of "the mean difference a game is `bound` or more".

    Sums over days, since differences of one day are correlated.
    """
    deviations = sums - bound * games
    spread = deviations.std(ddof=1)
    if spread == 0.0:
        return 1.0 if deviations.mean() >= 0.0 else 0.0
    t = deviations.mean() / (spread / np.sqrt(len(sums)))
    return float(stats.t.cdf(t, len(sums) - 1))
