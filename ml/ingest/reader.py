"""The reader: the source's tables, as they are, in an in-memory DuckDB.

DuckDB's own SQLite reader is the fast way. It refuses a whole table for one value
that is not of its column's declared type (SQLite allows that); such a table, one that
a mapping computes, or every table where the extension is absent, is read through
Python's sqlite3. Either way the result is a table ``found.<name>`` with the contract's
column names and a row number. A column that the source lacks is all null. Text that is
not UTF-8 is read as Windows-1252 and noted: DuckDB loops for ever over such bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from ml.errors import SettingsError, SourceError
from ml.ingest.bounds import chunks, is_stored, require_short_cells
from ml.ingest.queries import reading_only
from ml.ingest.remarks import note_remark
from ml.ingest.source import Source, unreadable
from ml.ingest.sql import SQLITE_ERRORS, quoted
from ml.ingest.structure import FoundTable
from ml.ingest.text import Recoded, decode_blob, decode_text

_RECODED = "not UTF-8, read as Windows-1252"


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
        is_plain = not each.query and not each.computed
        stored = attached and is_plain and is_stored(source.place, each.source_name)
        if not (stored and _read_attached(connection, each, source)):
            _read_through_python(connection, source, each)
    if attached:
        connection.execute("detach source")
    if _stamp(source) != before:
        raise SourceError(
            f"{source.path} changed while it was read", "try again when it is at rest"
        )


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


def _read_attached(
    connection: duckdb.DuckDBPyConnection, each: FoundTable, source: Source
) -> bool:
    """Read a table with DuckDB; say no where it holds something DuckDB refuses."""
    name = each.table.name
    columns = ", ".join(
        f"{quoted(theirs) if theirs else 'null::varchar'} as {quoted(ours)}"
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
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = 'found' and table_name = ?",
        [name],
    ).fetchall()
    if any(kind == "BLOB" for _, kind in kinds):
        connection.execute(f"drop table found.{name}")
        return False
    _recode(connection, name, [name for name, kind in kinds if kind == "VARCHAR"])
    require_short_cells(connection, source.path, f"found.{name}")
    return True


def _recode(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]
) -> None:
    """Replace text that is not UTF-8, before anything else looks at it."""
    if not columns:
        return
    broken = {
        column: f"({quoted(column)} is not null "
        f"and try(decode(encode({quoted(column)}))) is null)"
        for column in columns
    }
    counts = connection.execute(
        f"select {', '.join(f'count(*) filter ({each})' for each in broken.values())} "
        f"from found.{name}"
    ).fetchall()[0]
    for (column, condition), n_rows in zip(broken.items(), counts, strict=True):
        if n_rows == 0:
            continue
        spelt = f"hex(encode({quoted(column)}))"
        digits = [
            row[0]
            for row in connection.execute(
                f"select distinct {spelt} as digits from found.{name} "
                f"where {condition} order by digits"
            ).fetchall()
        ]
        texts = [str(decode_text(bytes.fromhex(each))) for each in digits]
        connection.register(
            "recoded", pd.DataFrame({"digits": digits, "content": texts})
        )
        connection.execute(
            f"update found.{name} as rows set {quoted(column)} = recoded.content "
            f"from recoded where {condition} and {spelt} = recoded.digits"
        )
        connection.unregister("recoded")
        note_remark(connection, name, column, _RECODED, n_rows=n_rows, example=texts[0])


def _read_through_python(
    connection: duckdb.DuckDBPyConnection, source: Source, each: FoundTable
) -> None:
    columns = [
        f"(\n{each.computed[name]}\n)"
        if name in each.computed
        else quoted(theirs)
        if theirs
        else "null"
        for name, theirs in zip(
            each.table.column_names, each.source_columns, strict=True
        )
    ]
    origin = f"(\n{each.query}\n)" if each.query else quoted(str(each.source_name))
    batches: list[list[pa.Array]] = []
    recoded: dict[str, list[str]] = {}
    try:
        with reading_only(source) as reading:
            rows = reading.execute(f"select {', '.join(columns)} from {origin}")
            for chunk in chunks(rows, source.path, str(each.source_name)):
                batches.append(_arrays(each, chunk, recoded))
    except (*SQLITE_ERRORS, MemoryError) as error:
        if getattr(error, "sqlite_errorname", "") != "SQLITE_ERROR":
            raise unreadable(source.path, error) from error
        # Of SQL: it could be understood, but not a row's value.
        if each.query or each.computed:
            raise SettingsError(
                f"mapping: {each.table.name}: {error}, in a row of {source.path}",
                "write SQL that every row can bear",
            ) from error
        raise SourceError(
            f"{source.path}: {each.source_name} cannot be read: {error}",
            "correct the view, or the rows that it reads",
        ) from error
    connection.register("read_rows", _joined(each, batches))
    connection.execute(
        f"create table found.{each.table.name} as "
        "select *, row_number() over () as _row from read_rows"
    )
    connection.unregister("read_rows")
    for column, texts in recoded.items():
        note_remark(
            connection,
            each.table.name,
            column,
            _RECODED,
            n_rows=len(texts),
            example=texts[0],
        )


def _joined(each: FoundTable, batches: Sequence[Sequence[pa.Array]]) -> pa.Table:
    """Join the batches; a column is a number where it is one in all of them."""
    columns = {}
    for place, name in enumerate(each.table.column_names):
        parts = [batch[place] for batch in batches]
        kinds = {part.type for part in parts} - {pa.null()}
        kind = pa.string()
        if kinds and pa.string() not in kinds:
            kind = pa.float64() if pa.float64() in kinds else pa.int64()
        chunks = [_cast(part, kind) for part in parts]
        columns[name] = pa.chunked_array(chunks, kind)
    return pa.table(columns)


def _cast(part: pa.Array, kind: pa.DataType) -> pa.Array:
    if part.type == kind:
        return part
    if kind == pa.string() and part.type != pa.null():
        return pa.array([_as_text(value) for value in part.to_pylist()], kind)
    return part.cast(kind)


def _arrays(
    each: FoundTable,
    rows: Sequence[Sequence[Any]],
    recoded: dict[str, list[str]],
) -> list[pa.Array]:
    arrays = []
    for values, column in zip(zip(*rows, strict=True), each.table.columns, strict=True):
        kinds = {type(value) for value in values} - {type(None)}
        if bytes in kinds:
            is_number = column.kind == "integer"
            values = tuple(  # noqa: PLW2901
                decode_blob(value, is_number=is_number)
                if isinstance(value, bytes)
                else value
                for value in values
            )
        if bytes in kinds or Recoded in kinds:
            texts = [str(value) for value in values if isinstance(value, Recoded)]
            recoded.setdefault(column.name, []).extend(texts)
        if not kinds:
            arrays.append(pa.nulls(len(values)))
        elif kinds == {int}:
            arrays.append(pa.array(values, pa.int64()))
        elif kinds <= {int, float}:
            arrays.append(pa.array(values, pa.float64()))
        else:
            arrays.append(pa.array([_as_text(v) for v in values], pa.string()))
    return arrays


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return repr(value)
