"""Remarks: what was not taken as it was found, and what it became.

A remark names table and column, says what was done, counts the rows and shows one of
the values found.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Remark:
    """Something about a column that a person should hear of.

    Attributes
    ----------
    table : str
        A table of the contract.
    column : str
        Its column; empty where the whole table is meant.
    what : str
        What was done.
    n_rows : int
        In how many rows.
    example : str
        One of the values found, or nothing.
    """

    table: str
    column: str
    what: str
    n_rows: int
    example: str = ""

    @property
    def line(self) -> str:
        """The remark as a line of text."""
        name = f"{self.table}.{self.column}" if self.column else self.table
        found = f"; found {self.example!r}" if self.example else ""
        counted = f"{self.n_rows:,} × " if self.n_rows else ""
        return f"{name}: {counted}{self.what}{found}"


def create_remarks(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of remarks.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where.
    """
    connection.execute(
        "create table remarks (remark_number integer, table_name varchar, "
        "column_name varchar, what varchar, n_rows bigint, example varchar)"
    )


def note_remark(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    what: str,
    *,
    n_rows: int = 0,
    example: object = "",
) -> None:
    """Add a remark.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table of remarks.
    table, column, what, n_rows, example
        As `Remark` has them.
    """
    connection.execute(
        "insert into remarks "
        "select coalesce(max(remark_number), 0) + 1, ?, ?, ?, ?, ? from remarks",
        [table, column, what, n_rows, "" if example is None else str(example)],
    )


def read_remarks(
    connection: duckdb.DuckDBPyConnection, table: str = ""
) -> tuple[Remark, ...]:
    """List the remarks in the order in which they were made.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table of remarks.
    table : str
        Of which table; by default of all.

    Returns
    -------
    tuple of Remark
    """
    rows = connection.execute(
        "select table_name, column_name, what, n_rows, example from remarks "
        "where ? in ('', table_name) order by remark_number",
        [table],
    ).fetchall()
    return tuple(Remark(*row) for row in rows)
