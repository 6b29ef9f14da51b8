"""The log of ingests, and the quarantine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import duckdb

from ml.ingest.contract import CONTRACT
from ml.ingest.kinds import UNKNOWN_KIND
from ml.ingest.summary import IngestSummary, summary_from_dict

_TABLES = {
    "ingests": (
        "ingest_number bigint, source varchar, fingerprint varchar, as_of timestamp, "
        "summary varchar"
    ),
    "quarantine": (
        "table_name varchar, rule varchar, rules varchar[], key varchar, "
        "row_values varchar, source varchar, as_of timestamp, columns varchar[]"
    ),
}


def last_ingest(connection: duckdb.DuckDBPyConnection) -> IngestSummary | None:
    """Look up the newest entry of the log.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached.

    Returns
    -------
    IngestSummary, optional
        None where nothing has been ingested.
    """
    present = connection.execute(
        "select * from duckdb_tables() where database_name = 'warehouse' "
        "and schema_name = 'raw' and table_name = 'ingests'"
    ).fetchone()
    if present is None:
        return None
    row = connection.execute(
        "select summary from warehouse.raw.ingests order by ingest_number desc limit 1"
    ).fetchone()
    return (
        None if row is None else summary_from_dict(json.loads(row[0]), is_repeat=True)
    )


def last_moment(warehouse: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return up to when the newest ingest knew (naive: UTC); None before the first.

    Parameters
    ----------
    warehouse : duckdb.DuckDBPyConnection
        From `ml.storage.warehouse.open_warehouse`.
    """
    try:
        row = warehouse.execute("select max(as_of) from raw.ingests").fetchone()
    except duckdb.CatalogException:
        return None
    return None if row is None else row[0]


def write_ingest_log(
    connection: duckdb.DuckDBPyConnection, summary: IngestSummary
) -> None:
    """Append an ingest to the log; call it in the transaction of the ingest.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached.
    summary : IngestSummary
        What was done.
    """
    _create(connection, "ingests")
    connection.execute(
        "insert into warehouse.raw.ingests select "
        "coalesce(max(ingest_number), 0) + 1, $source, $fingerprint, $as_of, $summary "
        "from warehouse.raw.ingests",
        {
            "source": summary.source,
            "fingerprint": summary.fingerprint,
            "as_of": summary.as_of,
            "summary": json.dumps(summary.as_dict(), sort_keys=True),
        },
    )


def fill_quarantine(
    connection: duckdb.DuckDBPyConnection, *, source: str, as_of: datetime
) -> None:
    """Gather the bad rows, as they were found, in ``put_aside``.

    With them games to come of an unknown kind, which the day they are of must name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found``, ``faults`` and ``unknown_to_come``.
    source : str
        Name of the source file.
    as_of : datetime
        The moment of the ingest (UTC).
    """
    connection.execute(f"create table put_aside ({_TABLES['quarantine']})")
    connection.execute(
        "insert into faults select 'games', _row, 0, $rule, ['season_type'] "
        "from unknown_to_come",
        {"rule": UNKNOWN_KIND},
    )
    for table in CONTRACT:
        values = _as_text(table.column_names)
        key = _as_text(table.key)
        if not _has_faults(connection, table.name):
            continue
        connection.execute(
            f"""
            insert into put_aside
            with broken as (
                select
                    _row,
                    min_by(rule, (stage, rule)) as rule,
                    list_sort(list(distinct rule)) as rules,
                    list_sort(list_distinct(flatten(list(columns)))) as columns
                from faults
                where table_name = '{table.name}'
                group by _row
            )
            select
                '{table.name}',
                broken.rule,
                broken.rules,
                to_json(struct_pack({key})),
                to_json(struct_pack({values})),
                $source,
                $as_of,
                broken.columns
            from found.{table.name} as found
            inner join broken on found._row = broken._row
            order by broken._row
            """,
            {"source": source, "as_of": as_of},
        )


def write_quarantine(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the quarantine hold what was put aside, and no other rows.

    A row that was there before keeps the moment at which it was first seen. Call it
    in the transaction of the ingest.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, after `fill_quarantine`.
    """
    _create(connection, "quarantine")
    same = (
        "kept.table_name = fresh.table_name and kept.rules = fresh.rules "
        "and kept.row_values = fresh.row_values"
    )
    connection.execute(
        "delete from warehouse.raw.quarantine as kept where not exists "
        f"(select * from put_aside as fresh where {same})"
    )
    connection.execute(
        "insert into warehouse.raw.quarantine select fresh.* from put_aside as fresh "
        "where not exists "
        f"(select * from warehouse.raw.quarantine as kept where {same})"
    )


def _as_text(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}" := "{name}"::varchar' for name in names)


def _has_faults(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    row = connection.execute(
        "select * from faults where table_name = ? limit 1", [name]
    ).fetchone()
    return row is not None


def _create(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(
        f"create table if not exists warehouse.raw.{name} ({_TABLES[name]})"
    )
    if name == "quarantine":
        # A warehouse of an earlier version does not name the columns.
        connection.execute(
            "alter table warehouse.raw.quarantine "
            "add column if not exists columns varchar[]"
        )
