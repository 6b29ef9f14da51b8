"""Drift: inputs and forecasts of the last weeks beside those of the training."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ml.quality import drift_expectations, population_stability_index

DAYS = 45
MIN_ROWS = 200
MOVED = 0.25
FORECASTS = ("ours_home_win_prob", "ours_margin_mean", "margin_sd", "ours_total_mean")


@dataclass(frozen=True)
class Moved:
    """How far a column has moved.

    Attributes
    ----------
    column : str
        The column.
    psi : float
        Population stability index: 0 = the same, above `MOVED` is called a shift.
    """

    column: str
    psi: float


def input_drift(
    training: pd.DataFrame, recent: pd.DataFrame, columns: list[str]
) -> list[Moved]:
    """Compare inputs of the last weeks with those that a model learnt from.

    Training rows of the same months are compared, since much in a season (games
    played, shrunken means, days of rest) moves with the calendar.

    Parameters
    ----------
    training : DataFrame, shape (n_games, any)
        With ``game_date``.
    recent : DataFrame, shape (n_recent, any)
        With ``game_date``.
    columns : list of str
        Numeric columns of both.

    Returns
    -------
    list of Moved
        The farthest first; empty with fewer than `MIN_ROWS` rows on either side.
    """
    if not len(recent):
        return []
    months = pd.to_datetime(recent["game_date"]).dt.month.unique()
    same = training[pd.to_datetime(training["game_date"]).dt.month.isin(months)]
    return moved(same, recent, columns)


def forecast_drift(grades: pd.DataFrame, since: pd.Timestamp) -> list[Moved]:
    """Compare forecasts since a day with those of the season before it."""
    if not len(grades):
        return []
    season = grades[grades["season"] == grades["season"].iloc[-1]]
    is_recent = season["game_date"] > since
    return moved(season[~is_recent], season[is_recent], list(FORECASTS))


def moved(before: pd.DataFrame, now: pd.DataFrame, columns: list[str]) -> list[Moved]:
    """Compare columns with those of the rows before, the farthest first."""
    if min(len(before), len(now)) < MIN_ROWS:
        return []
    there = [name for name in columns if name in before and name in now]
    found = [
        Moved(
            reference.column,
            population_stability_index(
                now[reference.column].to_numpy("float64", na_value=float("nan")),
                reference,
            ),
        )
        for reference in drift_expectations(before, there)
    ]
    return sorted(found, key=lambda one: -one.psi)
