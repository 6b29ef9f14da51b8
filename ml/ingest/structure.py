"""Structure: does a source have the tables and columns of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ml.contract import CONTRACT, Column, Table
from ml.errors import ContractError
from ml.ingest.derived import DERIVED_COLUMNS
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
        The source's columns, in the contract's order; empty text where one is absent.
    left_out : str
        Why an optional table that is there is not read; empty where it is.
    """

    table: Table
    source_name: str | None
    source_columns: tuple[str, ...] = ()
    left_out: str = ""


def match_structure(source: Source, mapping: Mapping) -> tuple[FoundTable, ...]:
    """Find every table and column of the contract in a source.

    Names are compared as SQLite does, whatever their case. A column that may be null,
    or that other tables tell (`ml.ingest.derived`), may be absent. An optional table
    without its other columns counts as absent, unless the mapping names it.

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
    missing = []
    for column in table.columns:
        name = mapping.column(table.name, column.name)
        source_columns.append(columns.get(name.lower(), ""))
        if source_columns[-1] or _may_be_absent(table, column, name):
            continue
        missing.append(
            f"column {_called(column.name, name)} is missing; "
            f"found {_nearest(name, source.tables[source_name])}"
        )
    if missing and not (table.required or table.name in mapping.tables):
        return FoundTable(table, None, left_out="; ".join(missing))
    problems += [f"table {table.name}: {each}" for each in missing]
    return FoundTable(table, source_name, tuple(source_columns))


def _may_be_absent(table: Table, column: Column, wanted: str) -> bool:
    """Say so of a column; one that the mapping names must be there."""
    is_named = wanted != column.name
    return not is_named and (
        column.nullable or column.name in DERIVED_COLUMNS.get(table.name, ())
    )


def _called(name: str, wanted: str) -> str:
    return name if name == wanted else f"{name} (mapped to {wanted})"


def _nearest(wanted: str, names: tuple[str, ...]) -> str:
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    return ", ".join(near or names) or "nothing"
