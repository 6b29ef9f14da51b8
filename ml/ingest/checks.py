"""The checks of the rows: every fault is noted, and no league stops the ingest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ml.errors import GateError
from ml.ingest.contract import CONTRACT, Table
from ml.ingest.forms import wanted
from ml.ingest.kinds import drop_ignored
from ml.ingest.ranges import note_range_faults
from ml.ingest.remarks import note_remark
from ml.ingest.rules import (
    DUPLICATE_KEY,
    DUPLICATE_ROW,
    GENERAL_RULES,
    ONE_TEAM,
    RULES,
    Rule,
)
from ml.ingest.sql import quoted

_REFERRED_TO = ("teams", "players", "games")
# Of people and teams: nobody is lost because two rows describe him differently.
_DESCRIBING = ("teams", "players", "player_seasons")
DESCRIBED_AGAIN = "described again"
_SAMPLE_ROWS = 3
# With most of its rows gone, a required table is not the league's any more.
_NO_LEAGUE = 0.5
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
        if table.name in _DESCRIBING:
            _make_one_of_each(connection, table)
        _note_duplicates(connection, table)
        if table.name == "team_game_stats":
            _note_lone_teams(connection)
        connection.execute(
            f"create table good.{table.name} as select * from typed.{table.name} "
            f"where _row not in ({_faulty(table)})"
        )
        if table.name in _REFERRED_TO:
            _accept(connection, table)
    _note_pairings_twice(connection)


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


def leave_out(
    connection: duckdb.DuckDBPyConnection,
    *,
    max_bad_share: float,
    broken: Mapping[str, str],
) -> dict[str, str]:
    """Take nothing of an optional table of which more than a set share is bad.

    What was stored of it before stays.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `check_rows`; the table's ``good`` rows are deleted.
    max_bad_share : float
        The largest share (0-1) of an optional table's rows that may be bad.
    broken : mapping of str to str
        Tables that are left out for another reason, which it says.

    Returns
    -------
    dict of str to str
        Why each table is left out.
    """
    reasons = dict(broken)
    for table in CONTRACT:
        if table.required or table.name in reasons:
            continue
        n_rows, n_bad = _bad_rows(connection, table)
        if n_bad > max_bad_share * n_rows:
            rules = ", ".join(rule.words for rule in _broken_rules(connection, table))
            reasons[table.name] = f"{n_bad:,} of {n_rows:,} rows are bad: {rules}"
    for name in reasons:
        connection.execute(f"delete from good.{name}")
    return reasons


def require_league(connection: duckdb.DuckDBPyConnection) -> None:
    """Stop where what is left of a required table would be no league.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `check_rows`.

    Raises
    ------
    GateError
        If most rows of a required table are bad; names table, columns, rules, counts
        and some of the rows.
    """
    words = []
    for table in CONTRACT:
        n_rows, n_bad = _bad_rows(connection, table)
        if table.required and n_bad > _NO_LEAGUE * n_rows:
            words.append(f"table {table.name}: {n_bad:,} of {n_rows:,} rows are bad")
            for rule in _broken_rules(connection, table):
                words.append(f"  {rule.words}{_wanted(table, rule)}, for example")
                words += [
                    f"    {_example(connection, table, rule.name, row)}"
                    for row in rule.rows
                ]
    if words:
        raise GateError(
            "what is left of the source would be no league, so nothing was stored:\n  "
            + "\n  ".join(words),
            "correct the columns named above, or map them with --mapping",
        )


def example_faults(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> dict[str, str]:
    """Say of every rule that rows of a table break: where, and what was found.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found`` and ``faults``.
    table : Table
        Whose rows.

    Returns
    -------
    dict of str to str
        By rule its columns, and the values and the key of the first row.
    """
    return {
        rule.name: _example(connection, table, rule.name, rule.rows[0])
        + _wanted(table, rule)
        for rule in _broken_rules(connection, table)
    }


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
        if rule.fact:
            _null_fact(connection, table, rule, as_of)
            continue
        query = (
            f"insert into faults select '{table.name}', record._row, "
            f"{_RULE_STAGE + place}, '{rule.name}', {rule.columns(table)} "
            f"from typed.{table.name} as record {join} where {rule.condition}"
        )
        connection.execute(query, {"as_of": as_of} if "$as_of" in query else None)


def _null_fact(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    rule: Rule,
    as_of: datetime | None,
) -> None:
    """Make the fact null that a rule is about; its row stays."""
    parameters = {"as_of": as_of} if "$as_of" in rule.condition else None
    n_rows, example = connection.execute(
        f"select count(*), min({quoted(rule.fact)}::varchar) "
        f"from typed.{table.name} as record where {rule.condition}",
        parameters,
    ).fetchall()[0]
    if n_rows == 0:
        return
    connection.execute(
        f"update typed.{table.name} as record set {quoted(rule.fact)} = null "
        f"where {rule.condition}",
        parameters,
    )
    what = f"made null ({rule.name}): {rule.description}"
    note_remark(connection, table.name, rule.fact, what, n_rows=n_rows, example=example)


def _make_one_of_each(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make one row of those of one key: of each column the last value that is known.

    Of a team's several names the one that the reports use. The other rows are ignored.
    """
    key = ", ".join(table.key)
    values = [name for name in table.column_names if name not in table.key]
    order = "_row"
    if table.name == "teams":
        reported = "select lower(team) from typed.injury_reports"
        order = f"(lower(team_name) in ({reported}), _row)"
    known = ", ".join(f"max_by({name}, {order}) as {name}" for name in values)
    differing = " or ".join(f"count(distinct {name}) > 1" for name in values)
    connection.execute(
        f"""
        create or replace temp table one_of_each as
        with fine as (
            select * from typed.{table.name} where _row not in ({_faulty(table)})
        )
        select {key}, {known}, {differing} as differs, max(_row) as _row, list(_row)
            as rows
        from fine
        group by {key}
        having count(*) > 1
        """
    )
    n_differing, example = connection.execute(
        f"select count(*), min(({key})::varchar) from one_of_each where differs"
    ).fetchall()[0]
    if n_differing:
        what = f"described by rows that differ ({key}): the last is taken"
        note_remark(
            connection, table.name, "", what, n_rows=n_differing, example=example
        )
    changes = ", ".join(f"{name} = one.{name}" for name in values)
    connection.execute(
        f"update typed.{table.name} as record set {changes} from one_of_each as one "
        "where record._row = one._row"
    )
    connection.execute(
        f"insert into ignored select '{table.name}', unnest(list_filter(rows, "
        f"lambda row: row <> _row)), '{DESCRIBED_AGAIN}' from one_of_each"
    )
    drop_ignored(connection, table.name)
    connection.execute(
        f"delete from unchanged.{table.name} "
        "where _row in (select _row from one_of_each)"
    )


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
            if(n_alike = n_of_key, '{DUPLICATE_ROW}', '{DUPLICATE_KEY}'),
            {list(table.key)}
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
        select
            'team_game_stats', _row, {_DUPLICATE_STAGE + 1}, '{ONE_TEAM}', ['game_id']
        from typed.team_game_stats
        where game_id in (select game_id from alone)
        """
    )


def _note_pairings_twice(connection: duckdb.DuckDBPyConnection) -> None:
    """Remark on games that may be one game under two ids: both are taken."""
    rows = connection.execute(
        """
        select
            count(*) over (),
            string_agg(game_id, ' and ' order by game_id),
            game_date
        from accepted.games
        where status is null
        group by game_date, home_team_id, away_team_id
        having count(*) > 1
        order by game_date desc
        limit 1
        """
    ).fetchone()
    if rows is None:
        return
    n_pairings, ids, day = rows
    what = "the same two teams on one date under several ids, each taken as a game"
    where = ("games", "game_id", what)
    note_remark(connection, *where, n_rows=n_pairings, example=f"{ids} of {day}")


@dataclass(frozen=True)
class _BrokenRule:
    """A rule that rows of a table break, in which columns, and the first of them."""

    name: str
    columns: list[str]
    n_rows: int
    rows: list[int]

    @property
    def words(self) -> str:
        where = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.name}{where}: {self.n_rows:,} rows"


def _broken_rules(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> list[_BrokenRule]:
    rules = connection.execute(
        "select rule, list_sort(list_distinct(flatten(list(columns)))), "
        "count(distinct _row), list(distinct _row order by _row)[:?] "
        "from faults where table_name = ? group by rule order by 3 desc, 1",
        [_SAMPLE_ROWS, table.name],
    ).fetchall()
    return [_BrokenRule(*rule) for rule in rules]


def _example(
    connection: duckdb.DuckDBPyConnection, table: Table, rule: str, row: int
) -> str:
    noted = connection.execute(
        "select list_sort(list_distinct(flatten(list(columns)))) from faults "
        "where table_name = ? and rule = ? and _row = ?",
        [table.name, rule, row],
    ).fetchone()
    columns: list[str] = [] if noted is None else noted[0] or []
    shown = list(dict.fromkeys([*columns, *table.key]))
    names = ", ".join(map(quoted, shown))
    found = connection.execute(
        f"select {names} from found.{table.name} where _row = ?",
        [row],
    ).fetchone()
    assert found is not None
    values = dict(zip(shown, found, strict=True))
    what = ", ".join(f"{name} = {values[name]!r}" for name in columns)
    where = ", ".join(f"{name} {values[name]}" for name in table.key)
    return f"{what} ({where})" if what else where


def _wanted(table: Table, rule: _BrokenRule) -> str:
    """Say which form a rule about one column's values wants."""
    is_of_values = rule.name in GENERAL_RULES.keys() - {
        DUPLICATE_ROW,
        DUPLICATE_KEY,
        ONE_TEAM,
    }
    if not is_of_values or len(rule.columns) != 1:
        return ""
    column = next(each for each in table.columns if each.name == rule.columns[0])
    return f"; wanted {wanted(column)}"


def _bad_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    """Count a table's rows and the bad ones; with a copy of a row nothing is lost."""
    row = connection.execute(
        f"with faulty as (select _row, bool_and(rule = '{DUPLICATE_ROW}') as is_copy "
        f"from faults where table_name = '{table.name}' group by _row) "
        f"select (select count(*) from typed.{table.name}) "
        "- count(*) filter (is_copy), count(*) filter (not is_copy) from faulty"
    ).fetchone()
    assert row is not None
    return row[0], row[1]
