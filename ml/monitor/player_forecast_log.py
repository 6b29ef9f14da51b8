"""Every player's forecast, with what was known: one Parquet file a day of games."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from ml.arrays import Ints
from ml.boxscore.summary import column, tally
from ml.models.player.forecasts import Drawn
from ml.monitor.forecast_log import KEYS as GAME_KEYS
from ml.monitor.forecast_log import append_new, last_before_tipoff
from ml.settings import Settings

# Statistics that are graded; of these whole distributions are kept.
GRADED = ("min", "pts", "reb", "ast", "fg3m", "pra")
KEYS = ["game_id", "player_id", "forecast_at", "model"]


def distributions(drawn: Drawn) -> pd.DataFrame:
    """Return how often each player has 0, 1, 2, … of a statistic, given that he plays.

    Parameters
    ----------
    drawn : Drawn
        The draws behind one game's forecasts.

    Returns
    -------
    DataFrame, shape (n_players, 8)
        ``game_id, player_id`` and, for each of `GRADED`, ``<stat>_counts``: arrays of
        draws.
    """
    tables = []
    everyone = np.ones(len(drawn.alone.player_id), dtype=bool)
    for sample, chosen in ((drawn.sample, drawn.often), (drawn.alone, everyone)):
        plays = sample.plays[:, chosen]
        columns: dict[str, object] = {"player_id": sample.player_id[chosen]}
        for stat in GRADED:
            counts = tally(column(sample, stat)[:, chosen], plays)
            columns[f"{stat}_counts"] = [_trimmed(row) for row in counts]
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True).assign(game_id=drawn.sample.game_id)


def log_player_forecasts(
    settings: Settings,
    day: date,
    *,
    predictions: pd.DataFrame,
    counts: pd.DataFrame,
    known: pd.DataFrame,
    model: str,
) -> int:
    """Add a day's forecasts of players to the log; none that is there is changed.

    Parameters
    ----------
    settings : Settings
        Says where the log is.
    day : date
        The day of the games (US/Eastern).
    predictions : DataFrame, shape (n_players, any)
        Who, when, P(plays), and every statistic's mean and quantiles.
    counts : DataFrame, shape (n_players, 8)
        From `distributions`, of all games.
    known : DataFrame, shape (n_players, any)
        What each forecast was made from, with ``game_id, player_id``.
    model : str
        Name of the model in the registry.

    Returns
    -------
    int
        How many were new: those of a player, a moment and a model that were not there.
    """
    key = ["game_id", "player_id"]
    told = [name for name in known if name not in predictions or name in key]
    fresh = predictions.merge(counts, on=key, validate="one_to_one").merge(
        known[told], on=key, validate="one_to_one"
    )
    fresh = fresh.assign(model=model)
    path = _folder(settings) / f"{day}.parquet"
    return append_new(path, fresh, KEYS)


def read_player_forecasts(
    settings: Settings, since: date | None = None
) -> pd.DataFrame:
    """Read each player's last forecast of every game that was made before tip-off.

    Parameters
    ----------
    settings : Settings
        Says where the log is.
    since : date, optional
        The first day of games to read (US/Eastern); all by default.

    Returns
    -------
    DataFrame, shape (n_forecasts, any)
        In order of tip-off, game and player; empty where none was logged.
    """
    files = sorted(_folder(settings).glob("????-??-??.parquet"))
    if since is not None:
        files = [path for path in files if path.stem >= since.isoformat()]
    if not files:
        return pd.DataFrame()
    log = pd.concat([pq.read_table(path).to_pandas() for path in files])
    return last_before_tipoff(log, ["game_id", "player_id"])


def read_begun(
    settings: Settings, day: date, games: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read games of a day as they were forecast last before tip-off.

    Parameters
    ----------
    settings : Settings
        Says where the logs are.
    day : date
        The day of the games (US/Eastern).
    games : collection of str
        Their ids.

    Returns
    -------
    games, players : DataFrame
        In order of tip-off; without a game that was not forecast in time.
    """
    folders = (settings.forecasts_dir, _folder(settings))
    found = [_last_of_games(each / f"{day}.parquet", games) for each in folders]
    return found[0], found[1]


def _last_of_games(path: Path, games: Collection[str]) -> pd.DataFrame:
    """Return all rows of each game's last forecast, games in order of tip-off."""
    if not path.exists():
        return pd.DataFrame()
    log = pq.read_table(path, filters=[("game_id", "in", list(games))]).to_pandas()
    last = last_before_tipoff(log, ["game_id"])
    return last[GAME_KEYS].merge(log, on=GAME_KEYS)


def _trimmed(counts: Ints) -> npt.NDArray[np.int32]:
    """Return counts without the zeros at their end."""
    last = np.flatnonzero(counts)
    return counts[: last[-1] + 1 if len(last) else 0].astype(np.int32)


def _folder(settings: Settings) -> Path:
    return settings.forecasts_dir / "players"
