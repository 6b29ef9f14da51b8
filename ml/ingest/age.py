"""A source that is older than what a home already knows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from ml.errors import ContractError, MissingError, SettingsError, SourceError
from ml.ingest.given import read_given
from ml.ingest.sql import SQLITE_ERRORS
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse


def require_not_older(source: Path, settings: Settings) -> None:
    """Refuse a source whose newest result is older than the warehouse's.

    Its games without results would count as corrections and take results back. A
    source that cannot be asked passes: the ingest says what is wrong with it.

    Parameters
    ----------
    source : Path
        A league database.
    settings : Settings
        Says where the warehouse is.

    Raises
    ------
    SourceError
        Naming both days.
    """
    there, here = _newest_result(source, settings), _newest_known(settings)
    if there and here and there < here:
        raise SourceError(
            f"{source} is older than this home: its newest result is of {there}, "
            f"results until {here} are here",
            "give the newest copy; to go back in time, give another --home",
        )


def _newest_result(source: Path, settings: Settings) -> str:
    try:
        given = read_given(source, ["games"], settings)["games"]
    except (SourceError, ContractError, SettingsError, *SQLITE_ERRORS):
        return ""
    newest = given.loc[given["home_pts"].notna(), "game_date"].max()
    return "" if pd.isna(newest) else str(newest)[:10]


def _newest_known(settings: Settings) -> str:
    try:
        with open_warehouse(settings) as warehouse:
            row = warehouse.execute(
                "select max(game_date)::date from raw.games "
                "where home_pts is not null and superseded_at is null"
            ).fetchone()
    except (MissingError, SettingsError, duckdb.CatalogException):
        return ""
    return str(row[0] or "")[:10] if row else ""
