"""Structure: does a source have the tables and columns of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ml.contract import CONTRACT, Table
from ml.errors import ContractError
from ml.ingest.mapping import Mapping
from ml.ingest.source import Source

REMEDY = (
    "give the source these tables and columns, or name its own with --mapping; "
    "`tipoff ingest --explain` prints the contract"
)


@dataclass(frozen=True)
class FoundTable:
    """A table of the contract, and what the source calls it.

    Attributes
    ----------
    table : Table
        The contract's table.
    source_name : str, optional
        The source's table; None where an optional table is absent.
    source_columns : tuple of str
        The source's columns, in the contract's order.
    """

    table: Table
    source_name: str | None
    source_columns: tuple[str, ...] = ()


def match_structure(source: Source, mapping: Mapping) -> tuple[FoundTable, ...]:
    """Find every table and column of the contract in a source.

    Names are compared as SQLite does, whatever their case.

    Parameters
    ----------
    source : Source
        What there is.
    mapping : Mapping
        What it is called.

    Returns
    -------
    tuple of FoundTable
        One a table of the contract, in its order.

    Raises
    ------
    ContractError
        Listing everything that is missing, with what was found in its place.
    """
    problems: list[str] = []
    found = [_match(table, source, mapping, problems) for table in CONTRACT]
    if problems:
        raise ContractError(
            f"{source.path} does not meet the contract:\n  " + "\n  ".join(problems),
            REMEDY,
        )
    return tuple(found)


def _match(
    table: Table, source: Source, mapping: Mapping, problems: list[str]
) -> FoundTable:
    actual = {name.lower(): name for name in source.tables}
    wanted = mapping.table(table.name)
    source_name = actual.get(wanted.lower())
    if source_name is None:
        if table.required or table.name in mapping.tables:
            problems.append(
                f"table {_called(table.name, wanted)} is missing; found "
                f"{_nearest(wanted, tuple(source.tables))}"
            )
        return FoundTable(table, None)
    columns = {name.lower(): name for name in source.tables[source_name]}
    source_columns = []
    for column in table.column_names:
        name = mapping.column(table.name, column)
        source_columns.append(columns.get(name.lower(), ""))
        if not source_columns[-1]:
            problems.append(
                f"table {table.name}: column {_called(column, name)} is missing; "
                f"found {_nearest(name, source.tables[source_name])}"
            )
    return FoundTable(table, source_name, tuple(source_columns))


def _called(name: str, wanted: str) -> str:
    return name if name == wanted else f"{name} (mapped to {wanted})"


def _nearest(wanted: str, names: tuple[str, ...]) -> str:
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    return ", ".join(near or names) or "nothing"
