"""The reader: the source's tables, as they are, in an in-memory DuckDB.

DuckDB's own SQLite reader is the fast way. It refuses a whole table for one value
that is not of its column's declared type (SQLite allows that) and for text that is
not UTF-8; such a table, or every table where the extension is absent, is read
through Python's sqlite3. Either way the result is a table ``found.<name>`` with the
contract's column names and a row number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import duckdb
import pyarrow as pa

from ml.errors import SourceError
from ml.ingest.source import Source, connect, unreadable
from ml.ingest.structure import FoundTable

_BATCH_ROWS = 50_000


def read_tables(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    found: Sequence[FoundTable],
) -> None:
    """Copy the source's tables into ``found``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Gets a schema ``found`` with one table per table found.
    source : Source
        Where to read.
    found : sequence of FoundTable
        What to read.

    Raises
    ------
    SourceError
        If the file cannot be read to its end, or changes meanwhile.
    """
    before = _stamp(source)
    connection.execute("create schema found")
    attached = _attach(connection, source)
    for each in found:
        if each.source_name is None:
            continue
        if not (attached and _read_attached(connection, each)):
            _read_through_python(connection, source, each)
    if attached:
        connection.execute("detach source")
    if _stamp(source) != before:
        raise SourceError(
            f"{source.path} changed while it was read", "try again when it is at rest"
        )


def quoted(name: str) -> str:
    """Quote an identifier for SQL.

    Parameters
    ----------
    name : str
        Any name.

    Returns
    -------
    str
    """
    return '"' + name.replace('"', '""') + '"'


def _stamp(source: Source) -> tuple[int, int]:
    status = source.path.stat()
    return status.st_size, status.st_mtime_ns


def _attach(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    if not _has_extension():
        return False
    path = str(source.place.resolve()).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as source (type sqlite, read_only)")
    except duckdb.Error:
        return False
    return True


def _has_extension() -> bool:
    try:
        import duckdb_extensions

        duckdb_extensions.import_extension("sqlite_scanner")
    except (ImportError, OSError, duckdb.Error):
        return False
    return True


def _read_attached(connection: duckdb.DuckDBPyConnection, each: FoundTable) -> bool:
    """Read a table with DuckDB; say no where it holds something DuckDB refuses."""
    name = each.table.name
    columns = ", ".join(
        f"{quoted(theirs)} as {ours}"
        for theirs, ours in zip(
            each.source_columns, each.table.column_names, strict=True
        )
    )
    try:
        connection.execute(
            f"create table found.{name} as select {columns}, "
            f"row_number() over () as _row from source.{quoted(str(each.source_name))}"
        )
    except (duckdb.Error, UnicodeDecodeError):
        return False
    kinds = connection.execute(
        "select data_type from duckdb_columns() "
        "where schema_name = 'found' and table_name = ?",
        [name],
    ).fetchall()
    if ("BLOB",) in kinds:
        connection.execute(f"drop table found.{name}")
        return False
    return True


def _read_through_python(
    connection: duckdb.DuckDBPyConnection, source: Source, each: FoundTable
) -> None:
    columns = [quoted(name) for name in each.source_columns]
    origin = quoted(str(each.source_name))
    try:
        with closing(connect(source.place)) as reading:
            types = ", ".join(f"group_concat(distinct typeof({c}))" for c in columns)
            kinds = reading.execute(f"select {types} from {origin}").fetchone()
            schema = pa.schema(
                (name, _arrow_type(kind))
                for name, kind in zip(each.table.column_names, kinds, strict=True)
            )
            rows = reading.execute(f"select {', '.join(columns)} from {origin}")
            batches = []
            while chunk := rows.fetchmany(_BATCH_ROWS):
                batches.append(_batch(chunk, schema))
    except sqlite3.Error as error:
        raise unreadable(source.path, error) from error
    frame = pa.Table.from_batches(batches, schema=schema)
    connection.register("read_rows", frame)
    connection.execute(
        f"create table found.{each.table.name} as "
        "select *, row_number() over () as _row from read_rows"
    )
    connection.unregister("read_rows")


def _arrow_type(kinds: str | None) -> pa.DataType:
    present = set((kinds or "null").split(",")) - {"null"}
    if present and present <= {"integer"}:
        return pa.int64()
    if present and present <= {"integer", "real"}:
        return pa.float64()
    return pa.string()


def _batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True):
        column = [_as_text(v) for v in values] if kind == pa.string() else values
        arrays.append(pa.array(column, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
