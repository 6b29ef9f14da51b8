"""The watchdog: what should have run and did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ml.monitor.tables import Brought

RESULT_AFTER_HOURS = 18
SILENT_DAYS = 10
# Games without a result that are no alarm: their number, and their share of the games
# of thirty days. The most that a pandemic called off in a month was a ninth.
CALLED_OFF = 2
CALLED_OFF_SHARE = 0.15
WINS_OF_A_SERIES = 4
REST_DAYS = 75
FORECAST_DAYS = 7
RETRAIN_FACTOR = 3
RETRAIN_GAMES = 200
# Of a usual year, with ten days for a season that begins late.
_SUMMER = ((6, 25), (11, 1))


@dataclass(frozen=True)
class Overdue:
    """Something that did not run.

    Attributes
    ----------
    what : str
        ``night``, ``ingest``, ``forecast``, ``retrain``, or a table of the contract.
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
    tables: Sequence[Brought] = (),
) -> list[Overdue]:
    """List what should have run by a moment and did not.

    Parameters
    ----------
    games : DataFrame, shape (n_games, any)
        ``game_id, season, season_type, game_date, tipoff_at, known_at, home_team_id,
        away_team_id, home_pts, away_pts`` of all games, played or not.
    forecasts : DataFrame, shape (n_forecasts, any)
        ``game_id, game_date`` of all kept forecasts.
    moment : datetime
        UTC.
    model_date : Timestamp, optional
        The last day that the newest model learnt from.
    retrain_days : int
        How often a model should be fitted.
    tables : sequence of Brought
        What each table last brought.

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
        *(_table(each) for each in tables if each.is_overdue),
    ]


def unfinished(night: dict[str, Any]) -> list[Overdue]:
    """Tell of a night that was begun and did not end.

    Parameters
    ----------
    night : dict
        The record of the last one, while none is running.

    Returns
    -------
    list of Overdue
        Empty where it ended, well or not.
    """
    remedy = "`tipoff nightly SOURCE` goes on where it was"
    now = f" as of {night['as_of']}" if night.get("as_of") else ""
    if night.get("status") == "running":
        return [
            Overdue("night", f"the last one{now} was killed before its end", remedy)
        ]
    if night.get("status") == "stopped":
        words = [step["error"] for step in night.get("steps", ()) if "error" in step]
        told = "; ".join(words) or "stopped"
        return [Overdue("night", f"the last one{now} did not end: {told}", remedy)]
    return []


def _results(
    games: pd.DataFrame, known: pd.DataFrame, now: pd.Timestamp
) -> list[Overdue]:
    remedy = "check the source and its schedule, then `tipoff nightly SOURCE`"
    over = games["tipoff_at"] + pd.Timedelta(hours=RESULT_AFTER_HOURS) <= now
    recent = games["tipoff_at"] > now - pd.Timedelta(days=30)
    asked = games[over & recent]
    waiting = asked[~asked["game_id"].isin(known["game_id"])]
    newest = known["game_date"].max()
    # Some games are called off or lost; an evening of them, or many, is a fault.
    after = waiting if pd.isna(newest) else waiting[waiting["game_date"] > newest]
    if len(after) > CALLED_OFF or len(waiting) > max(
        CALLED_OFF, CALLED_OFF_SHARE * len(asked)
    ):
        first = waiting["game_date"].min()
        words = f"{len(waiting)} games since {first:%Y-%m-%d} have no result"
        return [Overdue("ingest", words, remedy)]
    is_explained = bool((~over).any()) or _is_summer(known, now)
    if pd.isna(newest) or is_explained:
        return []
    silent = (now - known["known_at"].max()).days
    if silent <= SILENT_DAYS:
        return []
    words = f"the newest result is {silent} days old, and no game is scheduled"
    return [Overdue("ingest", words, remedy)]


def _is_summer(known: pd.DataFrame, now: pd.Timestamp) -> bool:
    """Say whether a source that knows of no game to come may be at rest.

    It may after a champion, for two months at least and until a season has usually
    begun; where there are no play-offs, or not all of them, in the usual summer.
    """
    begin, end = _SUMMER
    if begin <= (now.month, now.day) < end:
        return True
    newest = known["known_at"].max()
    if pd.isna(newest) or not _has_champion(known):
        return False
    usual = pd.Timestamp(year=newest.year, month=end[0], day=end[1], tz="UTC")
    return bool(now < max(usual, newest + pd.Timedelta(days=REST_DAYS)))


def _has_champion(known: pd.DataFrame) -> bool:
    """Say whether all but one team of the newest season's play-offs have lost a series.

    A series is lost with four games.
    """
    games = known[
        (known["season"] == known["season"].max())
        & (known["season_type"] == "Playoffs")
    ]
    if games.empty:
        return False
    home_won = games["home_pts"] > games["away_pts"]
    sides = games[["home_team_id", "away_team_id"]]
    lost = sides["away_team_id"].where(home_won, sides["home_team_id"])
    won = sides["home_team_id"].where(home_won, sides["away_team_id"])
    losses = pd.DataFrame({"lost": lost, "won": won}).value_counts()
    out = set(losses[losses >= WINS_OF_A_SERIES].reset_index()["lost"])
    return len(set(sides.to_numpy().ravel()) - out) == 1


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


def _table(brought: Brought) -> Overdue:
    words = f"nothing since {brought.newest}, {brought.n_silent} days of games ago"
    return Overdue(
        brought.table,
        f"{words} (at most {brought.n_usual} is usual)",
        "check that table of the source; what is missed comes in with the next night",
    )


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
