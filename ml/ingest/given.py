"""A source's tables as the contract has them, for who asks the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ml.ingest.contract import table
from ml.ingest.mapping import find_mapping
from ml.ingest.reader import read_tables
from ml.ingest.remarks import create_remarks
from ml.ingest.source import open_source
from ml.ingest.structure import match_structure
from ml.ingest.typed import type_tables
from ml.settings import Settings
from ml.storage.warehouse import open_memory


def read_given(
    source: Path, names: Sequence[str], settings: Settings
) -> dict[str, pd.DataFrame]:
    """Read tables of a source, mapped and typed, and check no row of them.

    Parameters
    ----------
    source : Path
        A SQLite database.
    names : sequence of str
        Tables of the contract.
    settings : Settings
        What the source calls them, and what may be used of memory.

    Returns
    -------
    dict of str to DataFrame
        By table, in the columns of the contract; empty where an optional
        table is absent, null where a column is.

    Raises
    ------
    SourceError
        If the source cannot be read.
    ContractError
        If it lacks one of the tables.
    """
    opened = open_source(source, is_known=True)
    tables = [table(name) for name in names]
    found = match_structure(
        opened, find_mapping(settings.mapping), tables, is_complete=False
    )
    with open_memory(settings) as connection:
        connection.execute(
            "create table faults (table_name varchar, _row bigint, stage integer, "
            "rule varchar, columns varchar[])"
        )
        create_remarks(connection)
        read_tables(connection, opened, found)
        type_tables(connection, found)
        return {
            name: connection.execute(
                f"select * exclude (_row) from typed.{name} order by _row"
            ).df()
            for name in names
        }
