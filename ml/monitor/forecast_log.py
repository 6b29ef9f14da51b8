"""Every forecast made, with what was known: one Parquet file a day of games."""

from __future__ import annotations

from collections.abc import Collection
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
    frame = pd.concat([pq.read_table(path).to_pandas() for path in files])
    frame = frame[frame["forecast_at"] < frame["tipoff_at"]]
    # Of one moment, the model that came last.
    last = frame.sort_values("forecast_at", kind="stable").drop_duplicates(
        "game_id", keep="last"
    )
    ordered: pd.DataFrame = last.sort_values(
        ["tipoff_at", "game_id"], ignore_index=True
    )
    return ordered


def last_before_tipoff(path: Path, games: Collection[str]) -> pd.DataFrame:
    """Read from a day's log the last forecast of each of some games before tip-off.

    Parameters
    ----------
    path : Path
        One day's file of forecasts, of games or of players.
    games : collection of str
        Their ids.

    Returns
    -------
    DataFrame, shape (n_rows, any)
        In order of tip-off and as they were logged; empty where there is none.
    """
    if not path.exists():
        return pd.DataFrame()
    kept = pq.read_table(path, filters=[("game_id", "in", list(games))]).to_pandas()
    kept = kept[kept["forecast_at"] < kept["tipoff_at"]]
    # Of one moment, the model that came last.
    last = kept.sort_values("forecast_at", kind="stable").drop_duplicates(
        "game_id", keep="last"
    )
    rows = kept.merge(last[KEYS], on=KEYS)
    ordered: pd.DataFrame = rows.sort_values(
        ["tipoff_at", "game_id"], kind="stable", ignore_index=True
    )
    return ordered


def forecast_files(settings: Settings) -> list[Path]:
    """List the files of `keep_forecasts`, the oldest day first."""
    return sorted(settings.forecasts_dir.glob("????-??-??.parquet"))
