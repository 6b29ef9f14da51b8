"""The watchdog: what should have run and did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

RESULT_AFTER_HOURS = 18
SILENT_DAYS = 10
FORECAST_DAYS = 7
RETRAIN_FACTOR = 3
RETRAIN_GAMES = 200
# Of a usual year; a season that is interrupted is silent, and that is said.
_SUMMER = ((6, 25), (10, 17))


@dataclass(frozen=True)
class Overdue:
    """Something that did not run.

    Attributes
    ----------
    what : {"ingest", "forecast", "retrain"}
        Which part.
    found : str
        What was expected and what is there.
    remedy : str
        What to do.
    """

    what: str
    found: str
    remedy: str


def overdue(
    games: pd.DataFrame,
    forecasts: pd.DataFrame,
    *,
    moment: datetime,
    model_date: pd.Timestamp | None,
    retrain_days: int,
) -> list[Overdue]:
    """List what should have run by a moment and did not.

    Parameters
    ----------
    games : DataFrame, shape (n_games, any)
        ``game_id, game_date, tipoff_at, known_at, home_pts`` of all games, played or
        not.
    forecasts : DataFrame, shape (n_forecasts, any)
        ``game_id, game_date`` of all kept forecasts.
    moment : datetime
        UTC.
    model_date : Timestamp, optional
        The last day that the newest model learnt from.
    retrain_days : int
        How often a model should be fitted.

    Returns
    -------
    list of Overdue
        Empty where all is well.
    """
    now = pd.Timestamp(moment)
    known = games[games["home_pts"].notna() & (games["known_at"] <= now)]
    return [
        *_results(games, known, now),
        *_forecasts(games, forecasts, now),
        *_models(known, model_date, retrain_days),
    ]


def _results(
    games: pd.DataFrame, known: pd.DataFrame, now: pd.Timestamp
) -> list[Overdue]:
    remedy = "check the source and its schedule, then `tipoff nightly SOURCE`"
    over = games["tipoff_at"] + pd.Timedelta(hours=RESULT_AFTER_HOURS) <= now
    waiting = games[over & games["home_pts"].isna()]
    # A game that was called off stays without a result; an evening of them does not.
    recent = waiting[waiting["tipoff_at"] > now - pd.Timedelta(days=30)]
    if len(recent) > 2:
        first = recent["game_date"].min()
        words = f"{len(recent)} games since {first:%Y-%m-%d} have no result"
        return [Overdue("ingest", words, remedy)]
    newest = known["known_at"].max()
    begin, end = _SUMMER
    is_summer = begin <= (now.month, now.day) < end
    if pd.notna(newest) and (now - newest).days > SILENT_DAYS and not is_summer:
        words = f"the newest result is {(now - newest).days} days old"
        return [Overdue("ingest", words, remedy)]
    return []


def _forecasts(
    games: pd.DataFrame, forecasts: pd.DataFrame, now: pd.Timestamp
) -> list[Overdue]:
    remedy = "check the scheduler; `tipoff nightly SOURCE --backfill` fills the gap"
    if not len(forecasts):
        return [Overdue("forecast", "no forecast was ever kept", remedy)]
    began = games["tipoff_at"] <= now
    recent = games["tipoff_at"] > now - pd.Timedelta(days=FORECAST_DAYS)
    since = games["game_date"] >= forecasts["game_date"].min()
    missed = games[
        began & recent & since & ~games["game_id"].isin(forecasts["game_id"])
    ]
    if not len(missed):
        return []
    days = ", ".join(sorted(missed["game_date"].dt.strftime("%Y-%m-%d").unique()))
    return [Overdue("forecast", f"games were not forecast on {days}", remedy)]


def _models(
    known: pd.DataFrame, model_date: pd.Timestamp | None, retrain_days: int
) -> list[Overdue]:
    if model_date is None:
        return [Overdue("retrain", "there is no model", "tipoff train")]
    unlearnt = known[known["game_date"] > model_date]
    if len(unlearnt) < RETRAIN_GAMES:
        return []
    age = (known["game_date"].max() - model_date).days
    if age <= RETRAIN_FACTOR * retrain_days:
        return []
    words = f"the newest model knows nothing of the last {age} days"
    return [Overdue("retrain", f"{words} ({len(unlearnt)} games)", "tipoff train")]
