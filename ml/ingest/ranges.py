"""Ranges, sets and patterns of single columns, through Great Expectations.

What is expected of single values is checked on each column's distinct values, those
of all columns with the same expectation together, and the rows are looked up
afterwards. A column of 350,000 rows rarely has 5,000 values, and an expectation costs
Great Expectations 15 ms however few values it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from ml.ingest.contract import CONTRACT, Column, Table
from ml.ingest.facts import is_optional_fact
from ml.ingest.forms import wanted
from ml.ingest.remarks import note_remark
from ml.ingest.sql import quoted
from ml.ingest.summary import UnseenColumn
from ml.quality import InSet, Pattern, Range, check_frame

_MISSING = "missing_value"
_WHOLE_TEXT = r"^[^\uFFFD\x00]*$"
_MOMENTS = ("date", "timestamp")


@dataclass(frozen=True)
class _Rule:
    """What is expected of the distinct values (or the number of nulls) of columns."""

    name: str
    expectation: Range | InSet | Pattern


def note_range_faults(connection: duckdb.DuckDBPyConnection) -> None:
    """Check every column of every table, and note the rows that offend.

    A bad optional fact becomes null in ``typed``, and its row is no bad one.
    Only rows that are not already stored as they are: those have passed before.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``unchanged`` and a table ``faults``.
    """
    pools: dict[_Rule, list[pd.DataFrame]] = {}
    for table in CONTRACT:
        for column, n_nulls, values in _distinct_values(connection, table):
            for rule in _rules(column):
                seen = pd.Series([n_nulls]) if rule.name == _MISSING else values
                where = {"table": table.name, "column": column.name}
                if len(seen):
                    part = pd.DataFrame({"value": seen, **where})
                    pools.setdefault(rule, []).append(part)
    if not pools:
        return
    tested = {
        f"{rule.name} {number}": (rule, pd.concat(parts, ignore_index=True))
        for number, (rule, parts) in enumerate(pools.items())
    }
    report = check_frame(
        pd.DataFrame({name: pool["value"] for name, (_, pool) in tested.items()}),
        [replace(rule.expectation, column=name) for name, (rule, _) in tested.items()],
        name="source",
    )
    for failure in report.failures:
        rule, pool = tested[failure.columns[0]]
        bad = pool.iloc[failure.positions]
        for (table_name, column_name), rows in bad.groupby(["table", "column"]):
            table = next(each for each in CONTRACT if each.name == table_name)
            column = next(each for each in table.columns if each.name == column_name)
            _note(connection, rule.name, table, column, rows)


def unseen_columns(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[UnseenColumn, ...]:
    """Find what new rows hold beyond what earlier seasons have seen.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``fresh`` rows of every table, which were judged good.

    Returns
    -------
    tuple of UnseenColumn
        In the order of the contract.
    """
    found = []
    for table in CONTRACT:
        columns = [column for column in table.columns if column.has_been.has_range]
        if not columns:
            continue
        asked = ", ".join(_asked(column, table) for column in columns)
        answers = connection.execute(f"select {asked} from fresh.{table.name}")
        for column, (n_rows, value, key) in zip(
            columns, answers.fetchall()[0], strict=True
        ):
            if int(n_rows or 0):
                where = (table.name, column.name, int(n_rows), float(value), key)
                found.append(UnseenColumn(*where, str(column.has_been)))
    return tuple(found)


def _asked(column: Column, table: Table) -> str:
    """Ask for the number of rows beyond, the farthest value, and its row's key."""
    name, low, high = column.name, column.has_been.min, column.has_been.max
    over = "0" if high is None else f"{name} - {high}"
    under = "0" if low is None else f"{low} - {name}"
    far = f"greatest({over}, {under})"
    key = " || ', ' || ".join(f"'{part} ' || {part}" for part in table.key)
    return (
        f"[count(*) filter ({far} > 0)::varchar, "
        f"arg_max({name}, {far})::varchar, arg_max({key}, {far})]"
    )


def _distinct_values(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> Iterator[tuple[Column, int, pd.Series[float] | pd.Series[str]]]:
    connection.execute(
        f"create or replace temp table fresh as select * from typed.{table.name} "
        f"where _row not in (select _row from unchanged.{table.name})"
    )
    nulls = ", ".join(
        f"count(*) - count({quoted(column.name)})" for column in table.columns
    )
    n_fresh, *counts = connection.execute(
        f"select count(*), {nulls} from fresh"
    ).fetchall()[0]
    if n_fresh == 0:
        return
    for column, n_nulls in zip(table.columns, counts, strict=True):
        if column.kind in _MOMENTS:
            yield column, n_nulls, pd.Series([], dtype="float64")
            continue
        values = connection.execute(
            f"select distinct {quoted(column.name)} as value from fresh "
            f"where {quoted(column.name)} is not null order by value"
        ).df()["value"]
        yield column, n_nulls, values


def _rules(column: Column) -> Iterator[_Rule]:
    if not column.nullable:
        yield _Rule(_MISSING, Range("", max=0))
    if column.kind in {"integer", "real"}:
        yield _Rule("out_of_range", Range("", column.can_be.min, column.can_be.max))
    if column.kind == "text" and not column.values:
        yield _Rule("broken_text", Pattern("", _WHOLE_TEXT))
    if column.values:
        yield _Rule("not_in_set", InSet("", column.values))
    if column.pattern is not None:
        yield _Rule("malformed_text", Pattern("", column.pattern))


def _note(
    connection: duckdb.DuckDBPyConnection,
    rule: str,
    table: Table,
    column: Column,
    bad: pd.DataFrame,
) -> None:
    name = quoted(column.name)
    condition = (
        f"{name} is null"
        if rule == _MISSING
        else f"{name} in (select value from bad_values)"
    )
    connection.register("bad_values", bad)
    if is_optional_fact(table, column):
        n_rows, example = connection.execute(
            f"select count(*), min({name}::varchar) from typed.{table.name} "
            f"where {condition}"
        ).fetchall()[0]
        what = f"made null ({rule}), wanted {wanted(column)}"
        note_remark(
            connection, table.name, column.name, what, n_rows=n_rows, example=example
        )
        connection.execute(
            f"update typed.{table.name} set {name} = null where {condition}"
        )
    else:
        connection.execute(
            f"insert into faults select ?, _row, 1, ?, [?] from typed.{table.name} "
            f"where {condition}",
            [table.name, rule, column.name],
        )
    connection.unregister("bad_values")
