"""Point-in-time joins over Parquet files, in DuckDB and Arrow.

For every feature view only the keys and the timestamps are joined (ASOF), which
gives the row number of the state in force; the feature columns are then gathered by
that number, in Arrow. So the wide columns are never sorted or hashed, and their
values pass through untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urlparse

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.errors import MissingError, SettingsError
from ml.features.feast.frame import utc
from ml.settings import Settings

EVENT_TIMESTAMP = "event_timestamp"
EntityRows: TypeAlias = pd.DataFrame | pa.Table | str | Path


@dataclass(frozen=True)
class ViewPlan:
    """How one feature view is joined, in the names of its Parquet file.

    Attributes
    ----------
    name : str
        Prefix of its full feature names.
    path : Path
        The Parquet file.
    keys : tuple of (str, str)
        Column of the file and column of the entity frame.
    event_timestamp : str
        Column of the file.
    created_timestamp : str or None
        Column of the file that breaks ties.
    ttl : timedelta or None
        How long a row counts; None: for ever.
    features : tuple of (str, str)
        Column of the file and column of the result.
    """

    name: str
    path: Path
    keys: tuple[tuple[str, str], ...]
    event_timestamp: str
    created_timestamp: str | None
    ttl: timedelta | None
    features: tuple[tuple[str, str], ...]


def read_entities(entity_df: Any) -> pa.Table:
    """Return entity rows as Arrow, whatever they came as.

    Parameters
    ----------
    entity_df : DataFrame, Table, str or Path
        A string is SQL for DuckDB, or the path of a Parquet file.

    Returns
    -------
    pa.Table
        The rows in their order.

    Raises
    ------
    MissingError
        If the path leads to no file.
    SettingsError
        If the SQL fails, or the rows come as something else.
    """
    if isinstance(entity_df, pa.Table):
        return entity_df
    if isinstance(entity_df, pd.DataFrame):
        return pa.Table.from_pandas(entity_df, preserve_index=False)
    if isinstance(entity_df, Path) or str(entity_df).endswith(".parquet"):
        path = local_path(str(entity_df))
        if not path.exists():
            raise MissingError(f"there are no entity rows at {path}", "check the path")
        return pq.read_table(path)
    if not isinstance(entity_df, str):
        raise SettingsError(
            f"entity rows came as {type(entity_df).__name__}",
            "pass a DataFrame, an Arrow table, a Parquet path or SQL",
        )
    with _connect() as connection:
        try:
            return connection.execute(entity_df).to_arrow_table()
        except duckdb.Error as error:
            raise SettingsError(
                f"the SQL of the entity rows failed: {error}",
                "DuckDB runs it; read files with read_parquet('...')",
            ) from error


def timestamp_column(schema: pa.Schema) -> str:
    """Return the column that says when each row asks: by name, else the only one."""
    if EVENT_TIMESTAMP in schema.names:
        return EVENT_TIMESTAMP
    found = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    if len(found) == 1:
        return str(found[0])
    raise SettingsError(
        f"entity rows have {len(found)} timestamp columns and no {EVENT_TIMESTAMP}",
        f"name the moment of each row {EVENT_TIMESTAMP}",
    )


def point_in_time(
    entities: pa.Table, timestamp: str, plans: Sequence[ViewPlan], stamped: bool
) -> pa.Table:
    """Join the valid state of every view to the entity rows.

    Parameters
    ----------
    entities : pa.Table
        One row per question.
    timestamp : str
        Its column that says when.
    plans : sequence of ViewPlan
        What to join.
    stamped : bool
        Whether to add ``<view>__event_timestamp`` columns.

    Returns
    -------
    pa.Table
        The entity rows in their order, then the features view by view; null where
        no row counts.
    """
    columns = dict(zip(entities.column_names, entities.itercolumns(), strict=True))
    columns[timestamp] = _moments(columns[timestamp])
    with _connect() as connection:
        connection.register("given", pa.table(columns))
        for plan in plans:
            matches = _fetch(connection, match_sql(plan, timestamp))
            wanted = list(dict.fromkeys(name for name, _ in plan.features))
            states = pq.read_table(plan.path, columns=wanted, partitioning=None)
            taken = states.take(matches["state"])
            columns |= {new: taken[old] for old, new in plan.features}
            if stamped:
                columns[f"{plan.name}__{EVENT_TIMESTAMP}"] = matches["known_at"]
    return pa.table(columns)


def match_sql(plan: ViewPlan, timestamp: str) -> str:
    """Return the SQL that finds, per entity row, the number of the state in force.

    Parameters
    ----------
    plan : ViewPlan
        The view.
    timestamp : str
        Column of the entity rows, which are the relation ``given``.

    Returns
    -------
    str
        Gives ``state`` (row number in the file) and ``known_at`` (its event
        timestamp) in the order of the entity rows; both null where none counts.
    """
    keys = [f"key_{number}" for number in range(len(plan.keys))]
    pairs = list(zip(plan.keys, keys, strict=True))
    # Of the states only those of somebody asked for: a slate asks for few of them.
    same = " and ".join(
        f"file.{_quoted(column)} = asked.{key}" for (column, _), key in pairs
    )
    of_asked = _listed(f"{_quoted(column)} as {key}" for (_, column), key in pairs)
    of_states = _listed(f"{_quoted(column)} as {key}" for (column, _), key in pairs)
    created = "0"
    if plan.created_timestamp:
        created = (
            f"coalesce({_quoted(plan.created_timestamp)}::timestamptz,"
            " '-infinity'::timestamptz)"
        )
    expired = "asked.at is null"
    if plan.ttl is not None:
        microseconds = plan.ttl // timedelta(microseconds=1)
        expired = f"states.at + to_microseconds({microseconds}) < asked.at"
    equal = " and ".join(f"asked.{key} = states.{key}" for key in keys)
    # To an ASOF join null equals null; to a point-in-time join it is nobody.
    named = " and ".join(f"{_quoted(column)} is not null" for column, _ in plan.keys)
    return f"""
        with
        asked as (
            select
                row_number() over () as place,
                {_quoted(timestamp)}::timestamptz as at,
                {of_asked}
            from given
        ),
        states as (
            select
                {_quoted(plan.event_timestamp)}::timestamptz as at,
                {of_states},
                arg_max(file_row_number, ({created}, file_row_number)) as state
            from read_parquet({_literal(plan.path)}, file_row_number = true) as file
            semi join asked on {same}
            where {named}
            group by all
        )
        select
            case when not ({expired}) then states.state end as state,
            case when not ({expired}) then states.at end as known_at
        from asked
        asof left join states on {equal} and asked.at >= states.at
        order by asked.place
    """


def local_path(uri: str) -> Path:
    """Return the path of a local file given as a path or a ``file://`` address."""
    address = urlparse(uri)
    if address.scheme in ("", "file"):
        return Path(unquote(address.path) if address.scheme else uri)
    raise SettingsError(
        f"{uri} is not on this machine", "this offline store reads local Parquet files"
    )


def check_entities(
    entities: pa.Table, timestamp: str, plans: Sequence[ViewPlan]
) -> None:
    """Refuse entity rows that lack a key, or share a name with a feature.

    Parameters
    ----------
    entities : pa.Table
        One row per question.
    timestamp : str
        Its column that says when.
    plans : sequence of ViewPlan
        What will be joined.

    Raises
    ------
    SettingsError
        Naming the view and the column.
    """
    present = set(entities.column_names)
    if timestamp not in present:
        raise SettingsError(
            f"entity rows lack {timestamp}, the moment of each row",
            f"they have {', '.join(entities.column_names)}",
        )
    for plan in plans:
        for _, key in plan.keys:
            if key not in present:
                raise SettingsError(
                    f"entity rows lack {key}, which {plan.name} is joined by",
                    f"they have {', '.join(entities.column_names)}",
                )
    taken = set(present)
    for plan in plans:
        for _, feature in plan.features:
            if feature in taken:
                raise SettingsError(
                    f"{plan.name} brings a second column {feature}",
                    "ask for full feature names, or rename the column",
                )
            taken.add(feature)


def pull(
    path: Path,
    columns: Sequence[str],
    timestamps: tuple[str, str | None],
    *,
    period: tuple[datetime | None, datetime | None],
    latest_by: Sequence[str] = (),
) -> pa.Table:
    """Read the rows of a Parquet file whose event timestamp lies in a period.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str
        What to read, apart from the timestamps.
    timestamps : (str, str or None)
        Columns of the event and of the creation.
    period : (datetime or None, datetime or None)
        First and last moment, both inclusive; None: no bound; naive: UTC.
    latest_by : sequence of str
        Keep only the newest row of each value of these; empty: keep all.

    Returns
    -------
    pa.Table
        The columns, then the timestamps; ordered by `latest_by`, else as in the file.
    """
    event, created = timestamps
    bounds = [
        f"{_quoted(event)}::timestamptz {sign} '{utc(bound).isoformat()}'::timestamptz"
        for sign, bound in zip((">=", "<="), period, strict=True)
        if bound is not None
    ]
    tail = "order by file_row_number"
    if latest_by:
        keys = _listed(map(_quoted, latest_by))
        newest = f"{_quoted(created)} desc nulls last, " if created else ""
        tail = f"""
            qualify row_number() over (
                partition by {keys}
                order by {_quoted(event)} desc, {newest}file_row_number desc
            ) = 1
            order by {keys}
        """
    wanted = [*columns, *(name for name in timestamps if name)]
    with _connect() as connection:
        return _fetch(
            connection,
            f"select {_listed(map(_quoted, wanted))}"
            f" from read_parquet({_literal(path)}, file_row_number = true)"
            f" where {' and '.join(bounds) or 'true'} {tail}",
        )


def _quoted(name: str) -> str:
    """Return a column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _listed(parts: Iterable[str]) -> str:
    """Return SQL parts with commas between."""
    return ", ".join(parts)


@contextmanager
def _connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory in which naive timestamps are UTC."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{Settings().duckdb_memory}'")
        # An Arrow table tells DuckDB no row count, and what it guesses is few enough
        # for a loop: 300 times slower on the players of nine seasons.
        connection.execute("set asof_loop_join_threshold = 0")
        yield connection


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return connection.execute(sql).to_arrow_table()


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of timestamps; text and dates become UTC."""
    if pa.types.is_timestamp(column.type):
        return column
    try:
        return pa.array(pd.to_datetime(column.to_pandas(), utc=True, format="ISO8601"))
    except ValueError as error:
        raise SettingsError(
            f"a moment of the entity rows cannot be read: {error}",
            "write it like 2024-01-10T12:00+00:00",
        ) from error


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
