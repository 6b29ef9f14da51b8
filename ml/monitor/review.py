"""The review: what the kept forecasts were worth, and whether everything ran."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ml.errors import MissingError, ModelError
from ml.features.datasets import load_training_frame
from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.monitor.alarm import AT_ONCE, alarm_history
from ml.monitor.drift import DAYS, Moved, forecast_drift, input_drift, moved
from ml.monitor.findings import PlayerReview, Review
from ml.monitor.forecast_log import read_forecasts
from ml.monitor.grades import grade
from ml.monitor.player_grades import grade_players, player_windows
from ml.monitor.player_signals import player_signals
from ml.monitor.tables import last_brought
from ml.monitor.watchdog import overdue, unfinished
from ml.monitor.windows import windows
from ml.registry import (
    KINDS,
    TEAM,
    Aliases,
    last_date,
    load_card,
    model_before,
    model_folders,
    read_aliases,
)
from ml.settings import Settings
from ml.storage.files import replacing, write_text


def review(
    settings: Settings,
    moment: datetime,
    source: Path | None = None,
    *,
    is_night: bool = False,
) -> Review:
    """Look at everything that was known at a moment.

    Parameters
    ----------
    settings : Settings
        Says which home.
    moment : datetime
        UTC.
    source : Path, optional
        The league database, for its closing lines.
    is_night : bool
        Whether a night asks, whose own record has not ended yet.

    Returns
    -------
    Review

    Raises
    ------
    MissingError
        If nothing was built, or no forecast is kept.
    """
    now = pd.Timestamp(moment)
    forecasts = read_forecasts(settings)
    forecasts = forecasts[forecasts["forecast_at"] <= now].reset_index(drop=True)
    grades = grade(settings, forecasts, moment, source)
    games = read_spine(settings, TEAM_MATCHUP, "true").to_pandas(date_as_object=False)
    games = games.assign(known_at=pd.to_datetime(games["known_at"], utc=True))
    is_known = games["home_pts"].notna() & (games["known_at"] <= now)
    tables = last_brought(settings, games[is_known])
    folders = [
        path
        for path in model_folders(settings, TEAM)
        if pd.Timestamp(last_date(path, TEAM), tz="UTC") < now
    ]
    newest = pd.Timestamp(last_date(folders[0], TEAM)) if folders else None
    today = now.tz_convert("America/New_York").date()
    since = pd.Timestamp(today) - pd.Timedelta(days=DAYS)
    return Review(
        moment=moment,
        grades=grades,
        windows=windows(grades, today),
        nights=alarm_history(grades),
        inputs=_inputs(settings, forecasts[forecasts["game_date"] > since], today),
        forecasts=forecast_drift(grades, since),
        overdue=[
            *([] if is_night else unfinished(_last_night(settings))),
            *overdue(
                games,
                forecasts,
                moment=moment,
                model_date=newest,
                retrain_days=settings.retrain_days,
                tables=tables,
            ),
        ],
        tables=tables,
        aliases=_aliases(settings),
        players=_players(settings, moment, today),
    )


def _players(settings: Settings, moment: datetime, today: date) -> PlayerReview:
    grades = grade_players(settings, moment)
    if grades.empty:
        return PlayerReview(grades, [], [], [])
    season = grades[grades["season"] == grades["season"].iloc[-1]]
    is_recent = season["game_date"] > pd.Timestamp(today) - pd.Timedelta(days=DAYS)
    said = ["play_prob", *(name for name in season if str(name).endswith("_mean"))]
    return PlayerReview(
        grades,
        player_windows(grades, today),
        alarm_history(season, player_signals, at_once=AT_ONCE),
        moved(season[~is_recent], season[is_recent], said),
    )


def _last_night(settings: Settings) -> dict[str, Any]:
    """Read the record of the last night; empty where there is none to read."""
    try:
        night = json.loads((settings.nights_dir / "last.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return night if isinstance(night, dict) else {}


def write_review(settings: Settings, found: Review) -> list[Path]:
    """Write ``performance.html``, ``monitor.json`` and the grades as Parquet."""
    from ml.monitor.page import write_performance_page

    folder = settings.reports_dir
    grades = folder / "grades.parquet"
    kept = [name for name in found.grades if str(name).startswith(_KEPT)]
    with replacing(grades) as temporary:
        found.grades[kept].to_parquet(temporary, index=False)
    players = folder / "player_grades.parquet"
    with replacing(players) as temporary:
        found.players.grades.to_parquet(temporary, index=False)
    summary = folder / "monitor.json"
    write_text(summary, json.dumps(found.as_dict(), indent=1) + "\n")
    page = write_performance_page(settings.performance_page, found)
    # Beside the pages of the days, which link to it.
    beside = settings.exports_dir / page.name
    write_text(beside, page.read_text("utf-8"))
    return [page, summary, grades, players, beside]


# Features stay with the forecasts.
_KEPT = (
    *("game_", "season", "tipoff_at", "forecast_at", "model", "home_team", "away_team"),
    *("home_margin", "total_", "margin_", "ours_", "baseline_", "market_"),
)


def _inputs(settings: Settings, recent: pd.DataFrame, today: date) -> list[Moved]:
    """Compare the champion's inputs with those that it learnt from."""
    try:
        folder = model_before(settings, TEAM, today)
        card = load_card(settings, TEAM, folder)
        training = load_training_frame(settings, card.seasons)
    except (MissingError, ModelError):
        return []
    learnt = training[training["game_date"] <= pd.Timestamp(card.last_date)]
    return input_drift(learnt, recent, list(card.features))


def _aliases(settings: Settings) -> dict[str, Aliases]:
    try:
        return {kind: read_aliases(settings, kind) for kind in KINDS}
    except ModelError:
        return {}
