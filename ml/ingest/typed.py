"""Typing: values as found become values of the contract's types, or unreadable."""

from __future__ import annotations

from collections.abc import Sequence

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
_LARGEST = 9_000_000_000_000_000
_EARLIEST = "timestamp '1800-01-01'"
_LATEST = "timestamp '2300-01-01'"


def type_tables(
    connection: duckdb.DuckDBPyConnection, found: Sequence[FoundTable]
) -> dict[str, str]:
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

    Returns
    -------
    dict of str to str
        Why an optional table cannot be used, by its name.

    Raises
    ------
    ContractError
        If a required table has no rows, or most of a column is of another type.
    """
    connection.execute("create schema typed")
    problems: list[str] = []
    broken: dict[str, str] = {}
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
        found_wrong = _note_unreadable(connection, each.table, kinds)
        if each.table.required:
            problems += [f"table {name}: {words}" for words in found_wrong]
        elif found_wrong:
            broken[name] = "; ".join(found_wrong)
    if problems:
        raise ContractError(
            "the source does not meet the contract:\n  " + "\n  ".join(problems), REMEDY
        )
    return broken


def _definition(table: Table) -> str:
    columns = [f"{column.name} {SQL_TYPES[column.kind]}" for column in table.columns]
    return ", ".join([*columns, "_row bigint"])


def _typed(column: Column, found: str) -> str:
    text = _text(column)
    number = column.name if found in _NUMBERS else f"try_cast({text} as double)"
    moment = f"try_cast({text} as timestamp)"
    match column.kind:
        case "text":
            return text
        case "integer" if found == "BIGINT":
            return (
                f"case when {column.name} between -{_LARGEST} and {_LARGEST} "
                f"then {column.name} end"
            )
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


def _text(column: Column) -> str:
    return f"nullif(trim({column.name}::varchar), '')"


def _unreadable(column: Column, found: str) -> str:
    if column.kind == "text":
        return "false"
    return f"({_typed(column, found)}) is null and {_known(column, found)} is not null"


def _known(column: Column, found: str) -> str:
    return column.name if found in _NUMBERS else _text(column)


def _is_readable(
    connection: duckdb.DuckDBPyConnection, table: Table, kinds: dict[str, str]
) -> bool:
    """Say whether there are rows, and every known value became a typed one."""
    columns = [column for column in table.columns if column.kind != "text"]
    if any(kinds[c.name] in _NUMBERS for c in table.columns if c.kind == "text"):
        return False
    found = ", ".join(f"count({_known(c, kinds[c.name])})" for c in columns)
    typed = ", ".join(f"count({c.name})" for c in columns)
    counts, known = (
        connection.execute(
            f"select count(*), {expressions} from {schema}.{table.name}"
        ).fetchall()[0]
        for schema, expressions in (("typed", typed), ("found", found))
    )
    return bool(counts == known and known[0] > 0)


def _note_unreadable(
    connection: duckdb.DuckDBPyConnection, table: Table, kinds: dict[str, str]
) -> list[str]:
    """Note the rows with unreadable values; say what is wrong with whole columns."""
    if _is_readable(connection, table, kinds):
        return []
    conditions = [_unreadable(column, kinds[column.name]) for column in table.columns]
    counts = ", ".join(
        f"[count({column.name})::varchar, count(*) filter ({condition})::varchar, "
        f"min({column.name}::varchar) filter ({condition})]"
        for column, condition in zip(table.columns, conditions, strict=True)
    )
    n_rows, *found = connection.execute(
        f"select count(*), {counts} from found.{table.name}"
    ).fetchall()[0]
    problems = []
    if table.required and n_rows == 0:
        problems.append("it has no rows")
    for column, (n_known, n_unreadable, example) in zip(
        table.columns, found, strict=True
    ):
        if int(n_unreadable) > _WRONG_SHARE * int(n_known):
            problems.append(
                f"column {column.name} must be {column.kind}, "
                f"found {example!r} and the like in {n_unreadable} of {n_known} rows"
            )
        if column.kind == "text" and kinds[column.name] in _NUMBERS:
            problems.append(f"column {column.name} must be text, found numbers")
    for column, condition, (_, n_unreadable, _) in zip(
        table.columns, conditions, found, strict=True
    ):
        if n_unreadable != "0":
            connection.execute(
                f"insert into faults select '{table.name}', _row, 0, "
                f"'unreadable_value', ['{column.name}'] "
                f"from found.{table.name} where {condition}"
            )
    return problems
