"""The dbt project's tables for people, with what their columns mean."""

from __future__ import annotations

import json

import duckdb
import pandas as pd

from ml.errors import BuildError, MissingError
from ml.settings import Settings


def read_mart(settings: Settings, name: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read a mart and the descriptions of its columns.

    Parameters
    ----------
    settings : Settings
        Says where warehouse and manifest are.
    name : str
        The dbt model.

    Returns
    -------
    tuple of (DataFrame, dict of str to str)
        The rows, in the order of their columns from left to right, and what each
        column means.

    Raises
    ------
    MissingError
        If the mart was not built.
    BuildError
        If a column is not described.
    """
    try:
        with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            table = warehouse.execute(f"select * from {name} order by all").df()
    except duckdb.CatalogException as error:
        raise MissingError(
            f"the warehouse has no {name}", "run `tipoff build` (or `dbt build`)"
        ) from error
    nodes = json.loads(settings.manifest.read_text("utf-8"))["nodes"]
    columns = nodes[f"model.tipoff.{name}"]["columns"]
    descriptions = {
        column: " ".join(columns.get(column, {}).get("description", "").split())
        for column in table
    }
    if bare := [column for column, text in descriptions.items() if not text]:
        raise BuildError(
            f"columns of {name} have no description: {bare}",
            "describe them in the yml beside the model",
        )
    return table, descriptions
