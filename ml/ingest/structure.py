"""Structure: does a source have the tables and columns of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from ml.errors import ContractError
from ml.ingest.contract import CONTRACT, Column, Table
from ml.ingest.mapping import Mapping, shipped_mappings
from ml.ingest.queries import columns_of, has_rows
from ml.ingest.source import Source
from ml.ingest.sql import quoted

REMEDY = (
    "give the source these tables and columns, or name its own with --mapping; "
    "`tipoff ingest --explain` prints the contract"
)
# What need not be there, as other tables tell it, beside what may be null.
DERIVED_COLUMNS: dict[str, tuple[str, ...]] = {
    "games": ("season", "season_type", "game_date", "home_team_id", "away_team_id"),
    "team_game_stats": (
        *("season", "season_type", "game_date", "team_abbreviation"),
        *("opponent_team_id", "is_home", "wl", "min", "opponent_pts"),
    ),
    "player_game_stats": (
        *("season", "season_type", "game_date", "player_name", "team_abbreviation"),
        *("opponent_team_id", "is_home", "wl"),
    ),
    "starters": ("season",),
    "impact_lineup_stints": ("season",),
    "closing_lines": ("season", "game_date"),
    "player_prop_lines": ("season",),
}
_SHOWN = 12
_FEW = 3
_NEAR = 0.5


@dataclass(frozen=True)
class FoundTable:
    """A table of the contract, and what the source calls it.

    Attributes
    ----------
    table : Table
        The contract's table.
    source_name : str, optional
        The source's table; None where an optional table is absent.
    source_columns : tuple of str
        The source's columns, in the contract's order; empty text where one is absent.
    left_out : str
        Why an optional table that is there is not read; empty where it is.
    left_out_is_empty : bool
        Whether such a table has no rows.
    query : str
        What stands for the source's table, where a mapping computes it.
    computed : dict of str to str
        SQL of the columns that a mapping computes.
    """

    table: Table
    source_name: str | None
    source_columns: tuple[str, ...] = ()
    left_out: str = ""
    left_out_is_empty: bool = False
    query: str = ""
    computed: dict[str, str] = field(default_factory=dict)


def match_structure(
    source: Source,
    mapping: Mapping,
    tables: Sequence[Table] = CONTRACT,
    *,
    is_complete: bool = True,
) -> tuple[FoundTable, ...]:
    """Find every table and column of the contract in a source.

    Names are compared as SQLite does, whatever their case; those of columns may have
    spaces for underscores. A column that may be null,
    or that other tables tell (`ml.ingest.derived`), may be absent. An optional table
    without its other columns counts as absent, unless the mapping names it.

    Parameters
    ----------
    source : Source
        What there is.
    mapping : Mapping
        What it is called.
    tables : sequence of Table
        Which tables of the contract; by default all.
    is_complete : bool
        Whether a column that the contract wants must be there.

    Returns
    -------
    tuple of FoundTable
        One a table, in the order of `tables`.

    Raises
    ------
    ContractError
        Listing everything that is missing, with what was found in its place.
    """
    problems: list[str] = []
    found = []
    for table in tables:
        each = _match(table, source, mapping, problems, is_complete=is_complete)
        found.append(each)
    if problems:
        # A table that is missing says more than a column.
        problems.sort(key=lambda words: ": " in words.partition(";")[0])
        raise ContractError(
            f"{source.path} does not meet the contract:\n  " + "\n  ".join(problems),
            "; ".join([*suggestions(source, mapping), REMEDY]),
        )
    return tuple(found)


def suggestions(source: Source, mapping: Mapping) -> list[str]:
    """Name the shipped mappings that know a source's games and team lines.

    Parameters
    ----------
    source : Source
        What there is.
    mapping : Mapping
        The one that did not do.

    Returns
    -------
    list of str
        What to try.
    """
    return [
        f"it looks like {each.description}: try --mapping {each.name}"
        for each in shipped_mappings()
        if each.name != mapping.name
        and each.query("games", source.tables)
        and each.query("team_game_stats", source.tables)
    ]


def _match(
    table: Table,
    source: Source,
    mapping: Mapping,
    problems: list[str],
    *,
    is_complete: bool,
) -> FoundTable:
    actual = {name.lower(): name for name in source.tables}
    wanted = mapping.table(table.name)
    query = mapping.query(table.name, source.tables)
    if query is not None:
        source_name: str | None = wanted
        names = columns_of(source, query, table.name)
    else:
        source_name = actual.get(wanted.lower())
        names = source.tables.get(source_name or "", ())
    if source_name is None or (
        query is None and table.name in mapping.queries and table.name not in actual
    ):
        if table.required or table.name in mapping.tables:
            problems.append(
                f"table {_called(table.name, wanted)} is missing; "
                + (
                    mapping.missing.get(table.name)
                    or f"found {_nearest(wanted, _others(source))}"
                )
            )
        return FoundTable(table, None)
    # A name in words (Home Pts) is its own where there is no other.
    in_words = {"_".join(name.lower().split()): name for name in names}
    columns = in_words | {name.lower(): name for name in names}
    computed = mapping.computed.get(table.name, {})
    for name, expression in computed.items():
        origin = f"(\n{query}\n)" if query else quoted(source_name)
        tested = f"select (\n{expression}\n) as value from {origin}"
        columns_of(source, tested, f"{table.name}.{name}")
    source_columns = []
    missing: list[tuple[str, str]] = []
    for column in table.columns:
        if column.name in computed:
            source_columns.append(column.name)
            continue
        name = mapping.column(table.name, column.name)
        theirs = columns.get(name.lower(), "")
        if not theirs and name == column.name:
            theirs = columns.get(column.also, "")
        source_columns.append(theirs)
        if source_columns[-1] or not is_complete:
            continue
        if _may_be_absent(table, column, name):
            continue
        missing.append((column.name, name))
    words = _missing(missing, tuple(names))
    is_named = any(name != wanted for name, wanted in missing)
    if missing and not (table.required or table.name in mapping.tables or is_named):
        is_empty = not has_rows(source, query or f"select * from {quoted(source_name)}")
        return FoundTable(
            table, None, left_out="; ".join(words), left_out_is_empty=is_empty
        )
    problems += [f"table {table.name}: {each}" for each in words]
    return FoundTable(
        table,
        source_name,
        tuple(source_columns),
        query=query or "",
        computed=computed,
    )


def _may_be_absent(table: Table, column: Column, wanted: str) -> bool:
    """Say so of a column; one that the mapping names must be there."""
    is_named = wanted != column.name
    return not is_named and (
        column.nullable or column.name in DERIVED_COLUMNS.get(table.name, ())
    )


def _called(name: str, wanted: str) -> str:
    return name if name == wanted else f"{name} (mapped to {wanted})"


def _others(source: Source) -> tuple[str, ...]:
    """Name the source's tables that go by no name of the contract, if there are any."""
    ours = {table.name for table in CONTRACT}
    others = tuple(name for name in source.tables if name.lower() not in ours)
    return others or tuple(source.tables)


def _missing(missing: list[tuple[str, str]], names: tuple[str, ...]) -> list[str]:
    """Say which columns are missing: a few one by one where others are like them."""
    words, alone = [], []
    is_few = len(missing) <= _FEW
    for name, wanted in missing:
        if is_few and get_close_matches(wanted, names, n=1, cutoff=_NEAR):
            found = _nearest(wanted, names)
            words.append(f"column {_called(name, wanted)} is missing; found {found}")
        else:
            alone.append(_called(name, wanted))
    if alone:
        which = "column" if len(alone) == 1 else "columns"
        verb = "is" if len(alone) == 1 else "are"
        found = _nearest("", names)
        words.append(f"{which} {', '.join(alone)} {verb} missing; found {found}")
    return words


def _nearest(wanted: str, names: tuple[str, ...]) -> str:
    near = get_close_matches(wanted, names, n=3, cutoff=_NEAR) or names
    more = f" and {len(near) - _SHOWN} more" if len(near) > _SHOWN else ""
    return (", ".join(near[:_SHOWN]) or "nothing") + more
