"""Floor, ours and market on the same games."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.errors import MissingError
from ml.forecast import score
from ml.forecast.compare import Estimate, gap_closed_interval
from ml.forecast.reliability import expected_calibration_error, reliability_slope

FORECASTERS = ("floor", "ours", "market")
GAPS = ("brier", "log_loss", "margin_mae", "total_mae")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SeasonScore:
    """Scores on the games of one season, or of all.

    Attributes
    ----------
    season : str
        The season, or ``all``.
    n_games : int
        Played games with a closing line.
    scores : dict of str to dict of str to float
        Forecaster → score → value.
    gaps : dict of str to Estimate
        Score → share of the way from floor to market, with a 90 % interval.
    calibration : dict of str to float
        Ours: ``ece`` (10 bins), ``slope``, ``margin_coverage``, ``total_coverage`` (of
        80 % intervals).
    """

    season: str
    n_games: int
    scores: dict[str, dict[str, float]]
    gaps: dict[str, Estimate]
    calibration: dict[str, float]


def common_games(
    games: pd.DataFrame,
    *,
    floor: pd.DataFrame,
    ours: pd.DataFrame,
    market: pd.DataFrame,
) -> pd.DataFrame:
    """Join what happened and what each forecaster expected, one row a game.

    Parameters
    ----------
    games : DataFrame
        ``game_id, home_margin, total_points`` of played games.
    floor, ours, market : DataFrame
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
    named = {"floor": floor, "ours": ours, "market": market}
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
        A gap that does not exist (floor equals market) is left out.
    """
    losses = {name: _losses(table, name) for name in FORECASTERS}
    won = table["home_margin"].to_numpy(float) > 0.0
    scores = {}
    for name in FORECASTERS:
        means = {key: float(loss.mean()) for key, loss in losses[name].items()}
        for target in ("margin", "total"):
            means[f"{target}_rmse"] = float(np.sqrt(means.pop(f"{target}_mse")))
        prob = table[f"{name}_home_win_prob"].to_numpy(float)
        scores[name] = {"accuracy": score.accuracy(prob, won), **means}
    gaps = {
        key: gap_closed_interval(
            *(losses[name][key] for name in FORECASTERS), random_state=random_state
        )
        for key in GAPS
        if losses["floor"][key].mean() != losses["market"][key].mean()
    }
    return SeasonScore(season, len(table), scores, gaps, _calibration(table, won))


def _losses(table: pd.DataFrame, name: str) -> dict[str, Floats]:
    margin, total = table["home_margin"], table["total_points"]
    prob, won = table[f"{name}_home_win_prob"], margin > 0
    losses = {
        "brier": score.brier_losses(prob, won),
        "log_loss": score.log_losses(prob, won),
    }
    for target, outcome in (("margin", margin), ("total", total)):
        mean = table[f"{name}_{target}_mean"]
        losses[f"{target}_mae"] = score.absolute_losses(mean, outcome)
        losses[f"{target}_mse"] = score.squared_losses(mean, outcome)
        sd = f"{name}_{target}_sd"
        if sd in table.columns:
            losses[f"{target}_crps"] = score.crps_normal_losses(
                mean, table[sd], outcome
            )
    return losses


def _calibration(table: pd.DataFrame, won: npt.NDArray[np.bool_]) -> dict[str, float]:
    prob = table["ours_home_win_prob"].to_numpy(float)
    figures = {"ece": expected_calibration_error(prob, won)}
    if np.ptp(won.astype(float)) > 0.0 and np.ptp(prob) > 0.0:
        figures["slope"] = reliability_slope(prob, won)
    for target, outcome in (("margin", "home_margin"), ("total", "total_points")):
        figures[f"{target}_coverage"] = score.coverage(
            table[f"ours_{target}_p10"], table[f"ours_{target}_p90"], table[outcome]
        )
    return figures
