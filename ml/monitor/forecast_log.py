"""Every forecast made, with what was known: one Parquet file a day of games."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.errors import MissingError
from ml.settings import Settings
from ml.storage.files import replacing

KEYS = ["game_id", "forecast_at", "model"]


def keep_forecasts(
    settings: Settings,
    day: date,
    *,
    predictions: pd.DataFrame,
    matchups: pd.DataFrame,
    model: str,
) -> int:
    """Add a day's forecasts to those kept; none that was kept is changed.

    Parameters
    ----------
    settings : Settings
        Says where they are kept.
    day : date
        The day of the games (US/Eastern).
    predictions : DataFrame, shape (n_games, any)
        Spine and forecasts.
    matchups : DataFrame, shape (n_games, any)
        The features that the forecasts were made from.
    model : str
        Name of the model in the registry.

    Returns
    -------
    int
        How many were new: those of a game, a moment and a model that were not there.
    """
    told = [name for name in matchups if name not in predictions or name == "game_id"]
    fresh = predictions.merge(matchups[told], on="game_id", validate="one_to_one")
    fresh = fresh.assign(model=model)
    path = settings.forecasts_dir / f"{day}.parquet"
    return append_new(path, fresh, KEYS)


def append_new(path: Path, fresh: pd.DataFrame, keys: list[str]) -> int:
    """Add to a log the rows whose keys it lacks; return how many those were."""
    table = fresh
    if path.exists():
        kept = pq.read_table(path).to_pandas()
        is_known = pd.MultiIndex.from_frame(fresh[keys]).isin(
            pd.MultiIndex.from_frame(kept[keys])
        )
        fresh = fresh[~is_known]
        table = pd.concat([kept, fresh], ignore_index=True)
    if len(fresh):
        with replacing(path) as temporary:
            rows = pa.Table.from_pandas(table, preserve_index=False)
            pq.write_table(rows, temporary, compression="zstd")
    return len(fresh)


def read_forecasts(settings: Settings) -> pd.DataFrame:
    """Read the last forecast of every game that was made before its tip-off.

    Parameters
    ----------
    settings : Settings
        Says where they are kept.

    Returns
    -------
    DataFrame, shape (n_games, any)
        In order of tip-off.

    Raises
    ------
    MissingError
        If none was kept.
    """
    files = forecast_files(settings)
    if not files:
        raise MissingError(
            f"no forecast is kept in {settings.forecasts_dir}",
            "run `tipoff nightly SOURCE` or `tipoff predict` first",
        )
    log = pd.concat([pq.read_table(path).to_pandas() for path in files])
    return last_before_tipoff(log, ["game_id"])


def last_before_tipoff(log: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the last forecast of each game or player that was made before tip-off.

    Parameters
    ----------
    log : DataFrame, shape (n_forecasts, any)
        As it was kept: of one moment, the model that came last counts.
    keys : list of str
        What has one forecast: ``game_id``, and ``player_id`` for players.

    Returns
    -------
    DataFrame, shape (n_keys, any)
        In order of tip-off and keys.
    """
    in_time = log[log["forecast_at"] < log["tipoff_at"]]
    last = in_time.sort_values("forecast_at", kind="stable").drop_duplicates(
        keys, keep="last"
    )
    ordered: pd.DataFrame = last.sort_values(["tipoff_at", *keys], ignore_index=True)
    return ordered


def forecast_files(settings: Settings) -> list[Path]:
    """List the files of `keep_forecasts`, the oldest day first."""
    return sorted(settings.forecasts_dir.glob("????-??-??.parquet"))
