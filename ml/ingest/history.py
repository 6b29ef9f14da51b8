"""History: what passed goes into the warehouse, and older versions stay.

``known_at`` null means known at the natural moment; a corrected version carries the
moment of the ingest that brought it, and its forerunner the same moment as
``superseded_at``. What was known at T are the rows with ``known_at`` null or up to T
and ``superseded_at`` null or after T.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from ml.errors import SettingsError
from ml.ingest.checks import same_key, same_values
from ml.ingest.contract import CONTRACT, Table
from ml.ingest.kinds import count_ignored
from ml.ingest.summary import TableSummary, UnresolvedName
from ml.ingest.typed import SQL_TYPES

_IDS = {"team_id": "bigint", "player_id": "bigint", "game_id": "varchar"}
_SCHEDULE = ("season", "season_type", "game_date", "home_team_id", "away_team_id")
_RESULT = (
    *("tipoff_et", "home_pts", "away_pts", "periods"),
    *("status", "is_neutral_site"),
)


def load_stored(connection: duckdb.DuckDBPyConnection, *, exists: bool) -> None:
    """Show the current versions in the warehouse as ``stored.<name>``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, where `exists`.
    exists : bool
        Whether there is a warehouse yet.

    Raises
    ------
    SettingsError
        If the warehouse has other columns than the contract.
    """
    connection.execute("create schema stored")
    for table in CONTRACT:
        wanted = _stored_columns(table)
        actual = _actual_columns(connection, table) if exists else {}
        if actual:
            actual |= _add_columns(connection, table, actual)
        if actual and actual != wanted:
            differing = sorted(set(actual.items()) ^ set(wanted.items()))
            raise SettingsError(
                f"raw.{table.name} in the warehouse has other columns than the "
                f"contract: {', '.join(f'{name} {kind}' for name, kind in differing)}",
                "delete the warehouse and ingest again",
            )
        if actual:
            connection.execute(
                f"create view stored.{table.name} as select * "
                f"from warehouse.raw.{table.name} where superseded_at is null"
            )
        else:
            definition = ", ".join(f"{name} {kind}" for name, kind in wanted.items())
            connection.execute(f"create table stored.{table.name} ({definition})")


def add_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the good injury reports their ids.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``good`` and ``resolved``.
    """
    connection.execute(
        """
        create or replace table good.injury_reports as
        select reports.*, names.team_id, names.player_id, names.game_id
        from good.injury_reports as reports
        inner join resolved.injury_names as names
            on reports.team = names.team
            and reports.player is not distinct from names.player
            and reports.game_date = names.game_date
        """
    )


def compare(
    connection: duckdb.DuckDBPyConnection, left_out: Mapping[str, str]
) -> tuple[TableSummary, ...]:
    """Compare the good rows with the stored ones.

    Makes ``fresh.<name>`` of those that are not stored as they are, and
    ``changed.<name>`` of those among them that are stored otherwise.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``good``, ``unchanged``, ``stored`` and ``faults``.
    left_out : mapping of str to str
        Tables of which nothing is taken, and why.

    Returns
    -------
    tuple of TableSummary
        One a table of the contract.
    """
    connection.execute("create schema fresh")
    connection.execute("create schema changed")
    return tuple(
        _compare(connection, table, left_out.get(table.name, "")) for table in CONTRACT
    )


def write_history(connection: duckdb.DuckDBPyConnection, *, as_of: datetime) -> None:
    """Write new and changed rows into ``warehouse.raw``; call it in a transaction.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, after `compare`.
    as_of : datetime
        The moment (UTC) that changed rows are known from.
    """
    connection.execute("create schema if not exists warehouse.raw")
    for table in CONTRACT:
        names = ", ".join(_value_columns(table))
        raw = f"warehouse.raw.{table.name}"
        if not _actual_columns(connection, table):
            connection.execute(
                f"create table {raw} as select {names}, "
                "null::timestamp as known_at, null::timestamp as superseded_at "
                f"from good.{table.name} order by {', '.join(table.key)}"
            )
            continue
        key = same_key(table, "good", "stored")
        if table.name == "games":
            _finish_games(connection)
        connection.execute(
            f"update {raw} as stored set superseded_at = $as_of "
            f"from changed.{table.name} as good "
            f"where stored.superseded_at is null and {key}",
            {"as_of": as_of},
        )
        connection.execute(
            f"insert into {raw} ({names}, known_at) "
            f"select good.*, $as_of from changed.{table.name} as good "
            f"order by {', '.join(table.key)}",
            {"as_of": as_of},
        )
        connection.execute(
            f"insert into {raw} ({names}) "
            f"select {names} from fresh.{table.name} as good "
            f"where not exists (select * from {raw} as stored where {key}) "
            f"order by {', '.join(table.key)}"
        )
    restate_ids(connection)


def restate_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """Give stored injury reports the ids they resolve to now.

    Who is meant is no fact of a date, so this makes no new version.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, and ``resolved``.
    """
    connection.execute(
        """
        update warehouse.raw.injury_reports as reports
        set
            team_id = names.team_id,
            player_id = names.player_id,
            game_id = names.game_id
        from resolved.injury_names as names
        where
            reports.team = names.team
            and reports.player is not distinct from names.player
            and reports.game_date = names.game_date
            and (reports.team_id, reports.player_id, reports.game_id)
            is distinct from (names.team_id, names.player_id, names.game_id)
        """
    )


def unresolved_names(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[UnresolvedName, ...]:
    """List the names in the stored injury reports that no player was found for.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, after `write_history`.

    Returns
    -------
    tuple of UnresolvedName
        The most frequent first.
    """
    rows = connection.execute(
        """
        select player, team, count(*)
        from warehouse.raw.injury_reports
        where player is not null and player_id is null and superseded_at is null
        group by player, team
        order by 3 desc, 1, 2
        """
    ).fetchall()
    return tuple(UnresolvedName(*row) for row in rows)


def count_reports(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Count the stored injury rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``warehouse`` attached, after `write_history`.

    Returns
    -------
    n_reports, n_names : int
        All current rows, and those that name a player.
    """
    row = connection.execute(
        "select count(*), count(player) from warehouse.raw.injury_reports "
        "where superseded_at is null"
    ).fetchall()[0]
    return row[0], row[1]


def _value_columns(table: Table) -> tuple[str, ...]:
    return table.column_names + (tuple(_IDS) if table.name == "injury_reports" else ())


def _stored_columns(table: Table) -> dict[str, str]:
    columns = {column.name: SQL_TYPES[column.kind] for column in table.columns}
    if table.name == "injury_reports":
        columns |= _IDS
    return columns | {"known_at": "timestamp", "superseded_at": "timestamp"}


def _add_columns(
    connection: duckdb.DuckDBPyConnection, table: Table, actual: dict[str, str]
) -> dict[str, str]:
    """Add the columns that an older warehouse lacks and that may be null."""
    added = {
        column.name: SQL_TYPES[column.kind]
        for column in table.columns
        if column.nullable and column.name not in actual
    }
    for name, kind in added.items():
        connection.execute(
            f"alter table warehouse.raw.{table.name} add column {name} {kind}"
        )
    return added


def _actual_columns(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, lower(data_type) from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = 'raw' and table_name = ?",
        [table.name],
    ).fetchall()
    return dict(rows)


def _compare(
    connection: duckdb.DuckDBPyConnection, table: Table, left_out: str
) -> TableSummary:
    key = same_key(table, "good", "stored")
    names = ", ".join(f"good.{name}" for name in _value_columns(table))
    connection.execute(
        f"create table fresh.{table.name} as select * from good.{table.name} "
        f"where _row not in (select _row from unchanged.{table.name})"
    )
    connection.execute(
        f"create table changed.{table.name} as select {names} "
        f"from fresh.{table.name} as good "
        f"inner join stored.{table.name} as stored on {key} "
        f"where not ({same_values(table, 'good', 'stored')})"
    )
    n_finished = _set_finished_apart(connection) if table.name == "games" else 0
    row = connection.execute(
        f"""
        select
            (select count(*) from typed.{table.name}),
            (select count(*) from fresh.{table.name} as good
             where not exists (
                 select * from stored.{table.name} as stored where {key})),
            (select count(*) from changed.{table.name}),
            (select count(*) from good.{table.name}),
            (select count(*) from stored.{table.name} as stored
             where not exists (
                 select * from typed.{table.name} as good where {key}))
        """
    ).fetchone()
    assert row is not None
    n_found, n_new, n_changed, n_good, n_disappeared = row
    ignored = count_ignored(connection, table)
    return TableSummary(
        name=table.name,
        found=n_found + sum(ignored.values()),
        new=n_new,
        changed=n_changed,
        finished=n_finished,
        unchanged=n_good - n_new - n_changed - n_finished,
        disappeared=0 if left_out else n_disappeared,
        quarantined=_quarantined(connection, table),
        left_out=left_out,
        ignored=ignored,
    )


def _quarantined(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    rows = connection.execute(
        "with firsts as (select _row, min_by(rule, (stage, rule)) as rule "
        "from faults where table_name = ? group by _row) "
        "select rule, count(*) from firsts group by rule order by 2 desc, 1",
        [table.name],
    ).fetchall()
    return dict(rows)


def _set_finished_apart(connection: duckdb.DuckDBPyConnection) -> int:
    """Move games that got their result from ``changed`` to ``changed.finished``.

    A result is not a correction of the schedule: it is known at its natural moment.
    """
    same = " and ".join(f"good.{name} = stored.{name}" for name in _SCHEDULE)
    connection.execute(
        "create table changed.finished as select good.* from changed.games as good "
        "inner join stored.games as stored on good.game_id = stored.game_id "
        f"where stored.home_pts is null and good.home_pts is not null and {same}"
    )
    connection.execute(
        "delete from changed.games "
        "where game_id in (select game_id from changed.finished)"
    )
    row = connection.execute("select count(*) from changed.finished").fetchone()
    assert row is not None
    return int(row[0])


def _finish_games(connection: duckdb.DuckDBPyConnection) -> None:
    values = ", ".join(f"{name} = good.{name}" for name in _RESULT)
    connection.execute(
        f"update warehouse.raw.games as stored set {values} "
        "from changed.finished as good "
        "where stored.game_id = good.game_id and stored.superseded_at is null"
    )
