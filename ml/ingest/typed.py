"""Typing: values as found become values of the contract's types, or unreadable."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from ml.errors import ContractError
from ml.ingest.contract import Column, Kind, Table
from ml.ingest.facts import is_optional_fact
from ml.ingest.forms import (
    NO_NUMBER_WORDS,
    NULL_WORDS,
    NUMBERED_DATE,
    clock_of,
    date_of,
    day_of,
    did_not_play,
    moment_of,
    number_of,
    text_of,
    wanted,
)
from ml.ingest.remarks import note_remark
from ml.ingest.sql import quoted
from ml.ingest.structure import REMEDY, FoundTable

SQL_TYPES: dict[Kind, str] = {
    "integer": "bigint",
    "real": "double",
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp",
}
_NUMBERED = NUMBERED_DATE.replace("{", "{{").replace("}", "}}")
_NUMBERS = ("BIGINT", "DOUBLE")
_NUMBERED_TEXT = ("game_id", "season", "height")
# A move from nowhere may be one from team 0.
_NO_TEAM = ("from_team_id", "to_team_id")
_WRONG_SHARE = 0.5
_LARGEST = 9_000_000_000_000_000
_EARLIEST = "timestamp '1800-01-01'"
_LATEST = "timestamp '2300-01-01'"
# Whether some date of the column can only be day, month, year.
_DAY_FIRST = (
    "(select coalesce(bool_or("
    "try_cast(regexp_extract({name}, '^\\d+') as integer) > 12), false) "
    f"from trimmed where regexp_full_match({{name}}, '{_NUMBERED}'))"
)
_DID_NOT_PLAY = "did not play: nulls became zeros"


def type_tables(
    connection: duckdb.DuckDBPyConnection, found: Sequence[FoundTable]
) -> dict[str, str]:
    """Make ``typed.<name>`` from ``found.<name>``, and note what cannot be read.

    A table that the source lacks becomes an empty one. The usual forms of a value
    (`ml.ingest.forms`) are read; empty text and the usual words for null count as
    null. A value of none of the forms becomes null, and its row a fault
    ``unreadable_value``, unless it is an optional fact: then only a remark.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``found`` filled and tables ``faults`` and ``remarks``.
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
        trimmed = ", ".join(
            f"{_trimmed(each.table, column, kinds[column.name])} "
            f"as {quoted(column.name)}"
            for column in each.table.columns
        )
        connection.execute(
            "create or replace temp table trimmed as "
            f"select {trimmed}, _row from found.{name}"
        )
        columns = ",\n".join(
            f"{_typed(column, kinds[column.name])} as {quoted(column.name)}"
            for column in each.table.columns
        )
        connection.execute(
            f"create table typed.{name} as select {columns}, _row from trimmed"
        )
        found_wrong = _note_unreadable(connection, each.table, kinds)
        if each.table.required:
            problems += [f"table {name}: {words}" for words in found_wrong]
        elif found_wrong:
            broken[name] = "; ".join(found_wrong)
        if name == "player_game_stats":
            _fill_in_who_did_not_play(connection, each.table)
    if problems:
        raise ContractError(
            "the source does not meet the contract:\n  " + "\n  ".join(problems), REMEDY
        )
    return broken


def _definition(table: Table) -> str:
    columns = [
        f"{quoted(column.name)} {SQL_TYPES[column.kind]}" for column in table.columns
    ]
    return ", ".join([*columns, "_row bigint"])


def _trimmed(table: Table, column: Column, found: str) -> str:
    """Keep a number in a column of numbers; make all else text without margins."""
    name = quoted(column.name)
    is_no_team = table.name == "transactions" and column.name in _NO_TEAM
    if found in _NUMBERS and column.kind != "text":
        return f"nullif({name}, 0)" if is_no_team else name
    text = f"trim({name}::varchar)"
    known = NULL_WORDS if column.kind == "text" else (*NULL_WORDS, *NO_NUMBER_WORDS)
    words = ", ".join(f"'{word}'" for word in known)
    nothing = f"{text} in ({words})"
    if is_no_team:
        nothing = f"{nothing} or try_cast({text} as double) = 0"
    if table.name == "player_game_stats" and column.name == "min":
        nothing = f"{nothing} or {did_not_play(text)}"
    return f"if({nothing}, null, {text})"


def _typed(column: Column, found: str) -> str:
    name = quoted(column.name)
    if column.kind == "text":
        return text_of(column, name)
    if column.kind in {"integer", "real"}:
        return _typed_number(column, found)
    moment = moment_of(column, name)
    if column.name == "tipoff_et":
        day = _day(Column("game_date", "date", ""))
        moment = f"coalesce({moment}, {day}::date + {clock_of(name)})"
    if column.kind == "timestamp":
        return f"case when {moment} between {_EARLIEST} and {_LATEST} then {moment} end"
    day = _day(column)
    # A clock in a date column would be cut off without a word.
    return (
        f"case when {day} between {_EARLIEST} and {_LATEST} "
        f"and {day} = date_trunc('day', {day}) then {day}::date end"
    )


def _day(column: Column) -> str:
    name = quoted(column.name)
    other = date_of(name, day_first=_DAY_FIRST.format(name=name))
    return f"coalesce({day_of(column, name)}, {other})"


def _typed_number(column: Column, found: str) -> str:
    name = quoted(column.name)
    number = name if found in _NUMBERS else number_of(column, name)
    if column.kind == "real":
        return f"case when isfinite({number}::double) then {number}::double end"
    if column.name == "min":
        # Half a minute below nothing is nothing, rounded the other way.
        number = f"if({number} between -0.5 and 0, 0, round({number}))"
    elif found != "BIGINT":
        number = f"(case when {number} = trunc({number}) then {number} end)"
    return (
        f"case when {number} between -{_LARGEST} and {_LARGEST} "
        f"then {number}::bigint end"
    )


def _unreadable(column: Column) -> str:
    name = quoted(column.name)
    if column.kind == "text":
        return "false"
    return f"typed.{name} is null and plain.{name} is not null"


def _is_readable(
    connection: duckdb.DuckDBPyConnection, table: Table, kinds: dict[str, str]
) -> bool:
    """Say whether there are rows, and every known value became a typed one."""
    columns = [column for column in table.columns if column.kind != "text"]
    if any(kinds[c.name] in _NUMBERS for c in table.columns if c.kind == "text"):
        return False
    expressions = ", ".join(f"count({quoted(column.name)})" for column in columns)
    counts, known = (
        connection.execute(f"select count(*), {expressions} from {name}").fetchall()[0]
        for name in (f"typed.{table.name}", "trimmed")
    )
    return bool(counts == known and known[0] > 0)


def _note_unreadable(
    connection: duckdb.DuckDBPyConnection, table: Table, kinds: dict[str, str]
) -> list[str]:
    """Note the rows with unreadable values; say what is wrong with whole columns."""
    if _is_readable(connection, table, kinds):
        return []
    conditions = [_unreadable(column) for column in table.columns]
    both = f"trimmed as plain inner join typed.{table.name} as typed using (_row)"
    counts = ", ".join(
        f"[count(plain.{quoted(column.name)})::varchar, "
        f"count(*) filter ({condition})::varchar, "
        f"min(plain.{quoted(column.name)}::varchar) filter ({condition})]"
        for column, condition in zip(table.columns, conditions, strict=True)
    )
    n_rows, *found = connection.execute(
        f"select count(*), {counts} from {both}"
    ).fetchall()[0]
    problems = []
    if table.required and n_rows == 0:
        problems.append("it has no rows")
    for column, condition, (n_known, n_unreadable, example) in zip(
        table.columns, conditions, found, strict=True
    ):
        n_bad = int(n_unreadable)
        if (
            column.kind == "text"
            and column.name not in _NUMBERED_TEXT
            and not column.coded
            and kinds[column.name] in _NUMBERS
            and int(n_known) > 0
        ):
            problems.append(f"column {column.name} must be text, found numbers")
        if n_bad == 0:
            continue
        if is_optional_fact(table, column):
            what = f"made null, wanted {wanted(column)}"
            where = (table.name, column.name, what)
            note_remark(connection, *where, n_rows=n_bad, example=example)
            continue
        if n_bad > _WRONG_SHARE * int(n_known):
            problems.append(
                f"column {column.name} must be {column.kind}, "
                f"found {example!r} and the like in {n_unreadable} of {n_known} rows; "
                f"wanted {wanted(column)}"
            )
        connection.execute(
            f"insert into faults select '{table.name}', _row, 0, "
            f"'unreadable_value', ['{column.name}'] from {both} where {condition}"
        )
    return problems


def _fill_in_who_did_not_play(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> None:
    """Give zeros to a row of nulls: a box score lists who sat on the bench."""
    names = table.column_names
    counts = names[names.index("min") : names.index("pts") + 1]
    nothing = " and ".join(f"coalesce({name}, 0) = 0" for name in counts)
    zeros = ", ".join(f"{name} = 0" for name in counts)
    empty = (
        f"min is null and {nothing} "
        f"and _row not in (select _row from faults where table_name = '{table.name}')"
    )
    # Who was traded is on the bench of one team and on the court of the other.
    connection.execute(
        f"insert into faults select '{table.name}', _row, 0, 'duplicate_row', ['min'] "
        f"from typed.{table.name} as record where {empty} and exists "
        f"(select * from typed.{table.name} as line where line.min is not null "
        "and line.game_id = record.game_id and line.player_id = record.player_id)"
    )
    row = connection.execute(
        f"update typed.{table.name} set {zeros} where {empty}"
    ).fetchone()
    if row is not None and row[0]:
        note_remark(connection, table.name, "min", _DID_NOT_PLAY, n_rows=row[0])
