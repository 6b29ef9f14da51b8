"""Ranges, sets and patterns of single columns, through Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd

from ml.contract import Column, Table
from ml.gates import (
    Expectation,
    InSet,
    NullShare,
    Pattern,
    Range,
    check_frame,
)

_WHOLE_TEXT = r"^[^\uFFFD\x00]*$"


def note_range_faults(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Check the columns of a table, and note the rows that offend.

    Only rows that are not already stored as they are: those have passed before.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``unchanged`` and a table ``faults``.
    table : Table
        The table of the contract.
    """
    columns = [
        f"{column.name} is null as {column.name}" if _is_moment(column) else column.name
        for column in table.columns
        if not _is_moment(column) or not column.nullable
    ]
    frame = connection.execute(
        f"select {', '.join(columns)}, _row from typed.{table.name} "
        f"where _row not in (select _row from unchanged.{table.name}) order by _row"
    ).df()
    if frame.empty:
        return
    rules = list(_named_expectations(table))
    report = check_frame(
        frame, [expectation for _, expectation in rules], name=table.name
    )
    names = {id(expectation): name for name, expectation in rules}
    for failure in report.failures:
        rows = pd.DataFrame({"_row": frame["_row"].to_numpy()[failure.positions]})
        connection.register("fault_rows", rows)
        connection.execute(
            "insert into faults select ?, _row, 1, ? from fault_rows",
            [table.name, names[id(failure.expectation)]],
        )
        connection.unregister("fault_rows")


def _is_moment(column: Column) -> bool:
    return column.kind in {"date", "timestamp"}


def _named_expectations(table: Table) -> Iterator[tuple[str, Expectation]]:
    for column in table.columns:
        if not column.nullable and _is_moment(column):
            yield "missing_value", Range(column.name, max=0)
        elif not column.nullable:
            yield "missing_value", NullShare(column.name)
        if column.kind in {"integer", "real"}:
            yield "out_of_range", Range(column.name, column.min, column.max)
        if column.kind == "text" and not column.values:
            yield "broken_text", Pattern(column.name, _WHOLE_TEXT)
        if column.values:
            yield "not_in_set", InSet(column.name, column.values)
        if column.pattern is not None:
            yield "malformed_text", Pattern(column.name, column.pattern)
