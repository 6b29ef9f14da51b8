"""Forecasts beside what happened: one row a game, one loss a forecaster and score."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.metrics import score
from ml.metrics.baseline import GAME_COLUMNS, baseline_forecasts
from ml.metrics.market import market_forecasts, read_closing_lines
from ml.settings import Settings

FORECASTERS = ("ours", "baseline", "market")
_POINTS = ("home_win_prob", "margin_mean", "total_mean")


def grade(
    settings: Settings,
    forecasts: pd.DataFrame,
    moment: datetime,
    source: Path | None = None,
) -> pd.DataFrame:
    """Grade every forecast whose result was known at a moment.

    Parameters
    ----------
    settings : Settings
        Says where results are.
    forecasts : DataFrame
        From `ml.monitor.forecast_log.read_forecasts`.
    moment : datetime
        UTC.
    source : Path, optional
        The league database; only here are its closing lines read.

    Returns
    -------
    DataFrame, shape (n_games, any)
        See `grade_games`.
    """
    games = read_spine(settings, TEAM_MATCHUP, "home_pts is not null").to_pandas(
        date_as_object=False
    )
    known_at = pd.to_datetime(games["known_at"], utc=True)
    games = games[known_at <= pd.Timestamp(moment)].reset_index(drop=True)
    lines = (
        None if source is None or not source.is_file() else _market(source, settings)
    )
    return grade_games(forecasts, games, lines)


def grade_games(
    forecasts: pd.DataFrame, games: pd.DataFrame, market: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Grade forecasts of games.

    Parameters
    ----------
    forecasts : DataFrame
        From `ml.monitor.forecast_log.read_forecasts`.
    games : DataFrame
        All games played until then: `ml.metrics.baseline.GAME_COLUMNS`, ``game_id,
        home_margin, total_points``.
    market : DataFrame, optional
        From `ml.metrics.market.market_forecasts`.

    Returns
    -------
    DataFrame, shape (n_games, any)
        Of games with forecast and result, oldest first: the forecast, the result, and
        for each forecaster ``<forecaster>_<score>`` with the scores ``log_loss, brier,
        margin_mae, total_mae``; ours also ``margin_crps, total_crps`` (points, the
        forecast taken as normal). Null where the market has no line.
    """
    baseline = baseline_forecasts(games[list(GAME_COLUMNS)]).assign(
        game_id=games["game_id"]
    )
    table = forecasts.merge(
        games[["game_id", "home_margin", "total_points"]],
        on="game_id",
        validate="one_to_one",
    )
    lines = baseline.iloc[:0] if market is None else market
    for name, theirs in (("baseline", baseline), ("market", lines)):
        renamed = {point: f"{name}_{point}" for point in _POINTS}
        named = theirs[["game_id", *_POINTS]].rename(columns=renamed)
        table = table.merge(named, on="game_id", how="left", validate="one_to_one")
    table = table.rename(columns={point: f"ours_{point}" for point in _POINTS})
    spreads = {f"ours_{each}_sd": table[f"{each}_sd"] for each in ("margin", "total")}
    losses: dict[str, pd.Series] = {}
    for name in FORECASTERS:
        there = table.assign(**spreads)[table[f"{name}_home_win_prob"].notna()]
        if len(there):
            losses |= {
                f"{name}_{key}": pd.Series(values, there.index)
                for key, values in score.team_losses(there, f"{name}_").items()
            }
    columns = [f"{name}_{key}" for name in FORECASTERS for key in _SCORES]
    graded = pd.DataFrame(losses, index=table.index)
    graded = graded.reindex(
        columns=[*columns, "ours_margin_crps", "ours_total_crps"]
    ).astype(float)
    return table.join(graded)


_SCORES = ("log_loss", "brier", "margin_mae", "total_mae")


def _market(source: Path, settings: Settings) -> pd.DataFrame:
    return market_forecasts(read_closing_lines(source, settings))
