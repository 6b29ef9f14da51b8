"""The dbt project's tables for people."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb

from ml.errors import MissingError
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse

if TYPE_CHECKING:
    import pandas as pd


def day_of_marts(settings: Settings) -> date:
    """Return the day (US/Eastern) that the marts of a day describe.

    Raises
    ------
    MissingError
        If they were not built.
    """
    day: date = read_mart(settings, "dim_slate")["game_date"].max().date()
    return day


def read_mart(settings: Settings, name: str) -> pd.DataFrame:
    """Read one of the dbt project's tables for people.

    Parameters
    ----------
    settings : Settings
        Says where warehouse and manifest are.
    name : str
        The dbt model.

    Returns
    -------
    DataFrame
        In the order of its columns from left to right.

    Raises
    ------
    MissingError
        If the mart was not built.
    """
    try:
        with open_warehouse(settings) as warehouse:
            return warehouse.execute(f"select * from {name} order by all").df()
    except duckdb.CatalogException as error:
        raise MissingError(
            f"the warehouse has no {name}", "run `tipoff build` (or `dbt build`)"
        ) from error
