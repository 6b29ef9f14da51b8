"""The checks of the rows: every fault is noted, and too many stop the ingest."""

from __future__ import annotations

from datetime import datetime

import duckdb

from ml.contract import CONTRACT, Table
from ml.errors import GateError
from ml.ingest.ranges import note_range_faults
from ml.ingest.rules import (
    DUPLICATE_KEY,
    DUPLICATE_ROW,
    ONE_TEAM,
    RULES,
)

_REFERRED_TO = ("teams", "players", "games")
_SAMPLE_ROWS = 3
_RULE_STAGE = 2
_DUPLICATE_STAGE = _RULE_STAGE + len(RULES)


def check_rows(
    connection: duckdb.DuckDBPyConnection, *, as_of: datetime | None
) -> None:
    """Note every fault of every row, and make ``good.<name>`` of the others.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``stored`` and a table ``faults``.
    as_of : datetime, optional
        The moment of the ingest (UTC), where it was given: no result is later.
    """
    connection.execute("create schema unchanged")
    connection.execute("create schema accepted")
    connection.execute("create schema good")
    for table in CONTRACT:
        find_unchanged(connection, table)
    note_range_faults(connection)
    for table in CONTRACT:
        _note_rule_faults(connection, table, as_of)
        _note_duplicates(connection, table)
        if table.name == "team_game_stats":
            _note_lone_teams(connection)
        connection.execute(
            f"create table good.{table.name} as select * from typed.{table.name} "
            f"where _row not in ({_faulty(table)})"
        )
        if table.name in _REFERRED_TO:
            _accept(connection, table)


def find_unchanged(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Note in ``unchanged.<name>`` which rows are already stored as they are.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``typed``, ``stored`` and a schema ``unchanged``.
    table : Table
        Whose rows.
    """
    connection.execute(
        f"create table unchanged.{table.name} as select record._row "
        f"from typed.{table.name} as record inner join stored.{table.name} as stored "
        f"on {same_key(table, 'record', 'stored')} "
        f"where {same_values(table, 'record', 'stored')}"
    )


def require_few_faults(
    connection: duckdb.DuckDBPyConnection, *, max_bad_share: float
) -> None:
    """Stop where more than a set share of a table's rows is bad.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `check_rows`.
    max_bad_share : float
        The largest share (0-1) of a table's rows that may be bad.

    Raises
    ------
    GateError
        Naming table, rules, counts and some of the rows.
    """
    words = []
    for table in CONTRACT:
        n_rows, n_bad = _numbers(
            connection,
            f"select (select count(*) from typed.{table.name}), "
            f"(select count(*) from ({_faulty(table)}))",
        )
        if n_bad <= max_bad_share * n_rows:
            continue
        words.append(f"table {table.name}: {n_bad:,} of {n_rows:,} rows are bad")
        words += _describe(connection, table)
    if words:
        raise GateError(
            f"more than {max_bad_share:.1%} of a table's rows are bad, so nothing was "
            "stored:\n  " + "\n  ".join(words),
            "correct the source, or allow more with TIPOFF_MAX_BAD_SHARE",
        )


def same_key(table: Table, left: str, right: str) -> str:
    """Write the SQL condition that two rows have one key, nulls alike.

    Parameters
    ----------
    table : Table
        Whose key.
    left, right : str
        Aliases of the two rows.

    Returns
    -------
    str
    """
    return " and ".join(
        f"{left}.{name} is not distinct from {right}.{name}"
        if any(column.name == name and column.nullable for column in table.columns)
        else f"{left}.{name} = {right}.{name}"
        for name in table.key
    )


def same_values(table: Table, left: str, right: str) -> str:
    """Write the SQL condition that two rows agree on every column, nulls alike.

    Parameters
    ----------
    table : Table
        Whose columns.
    left, right : str
        Aliases of the two rows.

    Returns
    -------
    str
    """
    return " and ".join(
        f"{left}.{name} is not distinct from {right}.{name}"
        for name in table.column_names
    )


def _faulty(table: Table) -> str:
    return f"select distinct _row from faults where table_name = '{table.name}'"


def _accept(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Gather what other tables may refer to: the good rows, then the stored ones."""
    names = ", ".join(table.column_names)
    connection.execute(
        f"create table accepted.{table.name} as "
        f"select {names} from good.{table.name} "
        f"union all select {names} from stored.{table.name} as stored "
        f"where not exists (select * from good.{table.name} as good "
        f"where {same_key(table, 'good', 'stored')})"
    )


def _note_rule_faults(
    connection: duckdb.DuckDBPyConnection, table: Table, as_of: datetime | None
) -> None:
    for place, rule in enumerate(RULES):
        if table.name not in rule.tables:
            continue
        join = (
            "inner join accepted.games as game on game.game_id = record.game_id"
            if rule.with_game
            else ""
        )
        query = (
            f"insert into faults select '{table.name}', record._row, "
            f"{_RULE_STAGE + place}, '{rule.name}' "
            f"from typed.{table.name} as record {join} where {rule.condition}"
        )
        connection.execute(query, {"as_of": as_of} if "$as_of" in query else None)


def _note_duplicates(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    key = ", ".join(table.key)
    values = ", ".join(table.column_names)
    connection.execute(
        f"""
        with fine as (
            select * from typed.{table.name} where _row not in ({_faulty(table)})
        ),
        repeated as (
            select {key} from fine group by all having count(*) > 1
        ),
        compared as (
            select
                record._row,
                min(_row) over (partition by {values}) as first_row,
                count(*) over (partition by {values}) as n_alike,
                count(*) over (partition by {key}) as n_of_key
            from fine as record
            semi join repeated on {same_key(table, "record", "repeated")}
        )
        insert into faults
        select
            '{table.name}',
            _row,
            {_DUPLICATE_STAGE},
            if(n_alike = n_of_key, '{DUPLICATE_ROW}', '{DUPLICATE_KEY}')
        from compared
        where n_alike < n_of_key or _row > first_row
        """
    )


def _note_lone_teams(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"""
        with fine as (
            select game_id, team_id from typed.team_game_stats
            where _row not in (
                select _row from faults where table_name = 'team_game_stats'
            )
            union
            select game_id, team_id from stored.team_game_stats
        ),
        alone as (
            select game_id from fine group by game_id having count(*) <> 2
        )
        insert into faults
        select 'team_game_stats', _row, {_DUPLICATE_STAGE + 1}, '{ONE_TEAM}'
        from typed.team_game_stats
        where game_id in (select game_id from alone)
        """
    )


def _describe(connection: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    rules = connection.execute(
        "select rule, count(distinct _row), list(distinct _row order by _row)[:?] "
        "from faults where table_name = ? group by rule order by 2 desc, 1",
        [_SAMPLE_ROWS, table.name],
    ).fetchall()
    words = []
    for rule, n_bad, rows in rules:
        words.append(f"  {rule}: {n_bad:,} rows, for example")
        names = ", ".join(table.column_names)
        words += [
            f"    {row}"
            for (row,) in connection.execute(
                f"select to_json(struct_pack({names})) from typed.{table.name} "
                "where list_contains(?, _row) order by _row",
                [rows],
            ).fetchall()
        ]
    return words


def _numbers(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0], row[1]
