"""Floor, ours and market on the same games."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.backtest.calibration import calibration
from ml.errors import MissingError
from ml.metrics import score
from ml.metrics.comparison import Estimate, bootstrap, gap_closed_interval

FORECASTERS = ("baseline", "ours", "market")
GAPS = ("brier", "log_loss", "margin_mae", "total_mae")
WIN_SCORES = ("accuracy", "brier", "log_loss")


@dataclass(frozen=True)
class SeasonScore:
    """Scores on the games of one season, or of all.

    Attributes
    ----------
    season : str
        The season, or ``all``.
    n_games : int
        Played games with a closing line.
    scores : dict of str to dict of str to Estimate
        Forecaster → score → value with a 90 % interval.
    gaps : dict of str to Estimate
        Score → share of the way from baseline to market, with a 90 % interval.
    calibration : dict of str to float
        Ours: ``ece`` (10 bins), ``slope``, ``margin_coverage``, ``total_coverage`` (of
        80 % intervals).
    """

    season: str
    n_games: int
    scores: dict[str, dict[str, Estimate]]
    gaps: dict[str, Estimate]
    calibration: dict[str, float]


def common_games(
    games: pd.DataFrame,
    *,
    baseline: pd.DataFrame,
    ours: pd.DataFrame,
    market: pd.DataFrame,
) -> pd.DataFrame:
    """Join what happened and what each forecaster expected, one row a game.

    Parameters
    ----------
    games : DataFrame
        ``game_id, home_margin, total_points`` of played games.
    baseline, ours, market : DataFrame
        ``game_id, home_win_prob, margin_mean, total_mean``; ours with sd and quantiles.

    Returns
    -------
    DataFrame
        Games that all three forecast; columns of a forecaster carry its name before
        them.

    Raises
    ------
    MissingError
        If there is no such game.
    """
    table = games.loc[:, ["game_id", "home_margin", "total_points"]]
    named = {"baseline": baseline, "ours": ours, "market": market}
    for name, forecasts in named.items():
        prefixed = forecasts.add_prefix(f"{name}_").rename(
            columns={f"{name}_game_id": "game_id"}
        )
        table = table.merge(prefixed, on="game_id", how="inner", validate="1:1")
    if table.empty:
        raise MissingError(
            "no game has a result, a forecast and a closing line",
            "score seasons whose closing lines are in the source",
        )
    return table.sort_values("game_id", ignore_index=True)


def score_games(season: str, table: pd.DataFrame, *, random_state: int) -> SeasonScore:
    """Score all forecasters on a table of `common_games`.

    Parameters
    ----------
    season : str
        What to call the games.
    table : DataFrame, shape (n_games, any)
        From `common_games`.
    random_state : int
        Seed of the intervals.

    Returns
    -------
    SeasonScore
        A gap that does not exist (baseline equals market) is left out.
    """
    losses = {name: score.team_losses(table, f"{name}_") for name in FORECASTERS}
    scores = {
        name: {
            key.replace("_mse", "_rmse"): _mean(key, loss, random_state=random_state)
            for key, loss in losses[name].items()
        }
        for name in FORECASTERS
    }
    gaps = {
        key: gap_closed_interval(
            *(losses[name][key] for name in FORECASTERS), random_state=random_state
        )
        for key in GAPS
        if losses["baseline"][key].mean() != losses["market"][key].mean()
    }
    return SeasonScore(season, len(table), scores, gaps, calibration(table))


def score_reference(
    season: str, table: pd.DataFrame, reference: pd.DataFrame, *, random_state: int
) -> SeasonScore | None:
    """Score a public forecaster's win probabilities beside baseline, ours and market.

    Parameters
    ----------
    season : str
        What to call the games.
    table : DataFrame, shape (n_games, any)
        From `common_games`.
    reference : DataFrame, shape (n_reference, 2)
        ``game_id, home_win_prob``.
    random_state : int
        Seed of the intervals.

    Returns
    -------
    SeasonScore or None
        On the games that all four forecast; its gaps are the public forecaster's. None
        where there is no such game.
    """
    named = reference.rename(columns={"home_win_prob": "reference_home_win_prob"})
    both = table.merge(named, on="game_id", how="inner", validate="1:1")
    if both.empty:
        return None
    won = both["home_margin"] > 0
    losses = {
        name: score.win_losses(both[f"{name}_home_win_prob"], won)
        for name in (*FORECASTERS, "reference")
    }
    scores = {
        name: {
            key: _mean(key, loss, random_state=random_state) for key, loss in by.items()
        }
        for name, by in losses.items()
    }
    gaps = {
        key: gap_closed_interval(
            *(losses[name][key] for name in ("baseline", "reference", "market")),
            random_state=random_state,
        )
        for key in ("brier", "log_loss")
    }
    return SeasonScore(season, len(both), scores, gaps, {})


def _mean(key: str, losses: Floats, *, random_state: int) -> Estimate:
    root = key.endswith("_mse")
    return bootstrap(
        (losses,),
        lambda means: np.sqrt(means[0]) if root else means[0],
        random_state=random_state,
    )
