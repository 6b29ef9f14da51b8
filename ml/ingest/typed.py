"""Typing: values as found become values of the contract's types, or unreadable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from ml.contract import Column, Kind, Table
from ml.errors import ContractError
from ml.ingest.structure import REMEDY, FoundTable

SQL_TYPES: dict[Kind, str] = {
    "integer": "bigint",
    "real": "double",
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp",
}
_NUMBERS = ("BIGINT", "DOUBLE")
_WRONG_SHARE = 0.5
_LARGEST = "9e15"
_EARLIEST = "timestamp '1800-01-01'"
_LATEST = "timestamp '2300-01-01'"


@dataclass(frozen=True)
class _Count:
    column: Column
    n_known: int
    n_unreadable: int
    example: str


def type_tables(
    connection: duckdb.DuckDBPyConnection, found: Sequence[FoundTable]
) -> None:
    """Make ``typed.<name>`` from ``found.<name>``, and note what cannot be read.

    An optional table that the source lacks becomes an empty one. Empty text counts
    as null. A value that is not of its column's type becomes null, and its row a
    fault ``unreadable_value``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found`` filled and a table ``faults``.
    found : sequence of FoundTable
        What ``found`` holds.

    Raises
    ------
    ContractError
        If a required table has no rows, or most of a column is of another type.
    """
    connection.execute("create schema typed")
    problems: list[str] = []
    for each in found:
        name = each.table.name
        if each.source_name is None:
            connection.execute(f"create table typed.{name} ({_definition(each.table)})")
            continue
        kinds = dict(
            connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where schema_name = 'found' and table_name = ?",
                [name],
            ).fetchall()
        )
        columns = ",\n".join(
            f"{_typed(column, kinds[column.name])} as {column.name}"
            for column in each.table.columns
        )
        connection.execute(
            f"create table typed.{name} as select {columns}, _row from found.{name}"
        )
        problems += _problems(connection, each.table, kinds)
        _note_unreadable(connection, each.table)
    if problems:
        raise ContractError(
            "the source does not meet the contract:\n  " + "\n  ".join(problems), REMEDY
        )


def _definition(table: Table) -> str:
    columns = [f"{column.name} {SQL_TYPES[column.kind]}" for column in table.columns]
    return ", ".join([*columns, "_row bigint"])


def _typed(column: Column, found: str) -> str:
    text = f"nullif(trim({column.name}::varchar), '')"
    number = column.name if found in _NUMBERS else f"try_cast({text} as double)"
    moment = f"try_cast({text} as timestamp)"
    match column.kind:
        case "text":
            return f"nullif(trim({column.name}::varchar), '')"
        case "integer":
            return (
                f"case when {number} = trunc({number}) and {number} "
                f"between -{_LARGEST} and {_LARGEST} then {number}::bigint end"
            )
        case "real":
            return f"case when isfinite({number}::double) then {number}::double end"
        case "date":
            # A clock in a date column would be cut off without a word.
            return (
                f"case when {moment} between {_EARLIEST} and {_LATEST} "
                f"and {moment} = date_trunc('day', {moment}) then {moment}::date end"
            )
        case "timestamp":
            return (
                f"case when {moment} between {_EARLIEST} and {_LATEST} "
                f"then {moment} end"
            )


def _unreadable(column: str) -> str:
    return (
        f"typed.{column} is null "
        f"and nullif(trim(found.{column}::varchar), '') is not null"
    )


def _problems(
    connection: duckdb.DuckDBPyConnection, table: Table, kinds: dict[str, str]
) -> list[str]:
    counts = [
        _Count(column, *_count(connection, table, column)) for column in table.columns
    ]
    problems = [
        f"table {table.name}: column {count.column.name} must be {count.column.kind}, "
        f"found {count.example!r} and the like in {count.n_unreadable} of "
        f"{count.n_known} rows"
        for count in counts
        if count.n_unreadable > _WRONG_SHARE * count.n_known
    ]
    problems += [
        f"table {table.name}: column {column.name} must be text, found numbers"
        for column in table.columns
        if column.kind == "text" and kinds[column.name] in _NUMBERS
    ]
    n_rows = _single(connection, f"select count(*) from found.{table.name}")
    if table.required and n_rows == 0:
        problems.append(f"table {table.name} has no rows")
    return problems


def _count(
    connection: duckdb.DuckDBPyConnection, table: Table, column: Column
) -> tuple[int, int, str]:
    unreadable = f"filter ({_unreadable(column.name)})"
    row = connection.execute(
        f"select count(found.{column.name}), count(*) {unreadable}, "
        f"min(found.{column.name}::varchar) {unreadable} "
        f"from found.{table.name} as found "
        f"inner join typed.{table.name} as typed on typed._row = found._row"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _single(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _note_unreadable(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    condition = " or ".join(f"({_unreadable(name)})" for name in table.column_names)
    connection.execute(
        f"insert into faults select '{table.name}', typed._row, 0, 'unreadable_value' "
        f"from found.{table.name} as found "
        f"inner join typed.{table.name} as typed on typed._row = found._row "
        f"where {condition}"
    )
