"""A mapping: how a source's own tables become those of the contract.

It renames, and it computes: a column from an expression or a constant, a table from a
query. Expressions and queries are SQL of SQLite over the source's own tables; they may
read and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ml.errors import SettingsError
from ml.ingest.bounded_yaml import UnreadableError, read_yaml
from ml.ingest.contract import CONTRACT
from ml.ingest.sql import quoted

SHIPPED_DIR = Path(__file__).parent / "mappings"
_SHOWN = 60
_LONGEST_NAME = 1000
_LONGEST_SQL = 20_000
EXAMPLE = """\
tables:
  games: schedule        # the contract's name: the source's name
  teams:                 # or a query over the source's own tables
    sql: select id as team_id, abbr as team_abbreviation, name as team_name from clubs
columns:
  games:
    home_pts: pts_home   # the contract's name: the source's name
    season_type: {value: Regular Season}         # the same in every row
    season: {sql: "cast(year - 1 as integer)"}   # computed from the source's columns
"""


@dataclass(frozen=True)
class SourceTable:
    """A table of the source that a shipped mapping knows by its columns.

    Attributes
    ----------
    has, lacks : tuple of str
        Columns that it has, and that it has not, in lower case.
    """

    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """How a source calls, or computes, what the contract names.

    Attributes
    ----------
    tables : dict of str to str
        Source table by contract table.
    columns : dict of str to dict of str to str
        Source column by contract table and contract column.
    queries : dict of str to tuple of str
        Queries by contract table; the first whose tables the source has is taken.
    computed : dict of str to dict of str to str
        SQL by contract table and contract column.
    sources : dict of str to SourceTable
        Tables that queries name in braces.
    missing : dict of str to str
        What to say where a contract table cannot be had from such a source.
    name : str
        Of a shipped mapping.
    description : str
        What it is for.
    """

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    queries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    computed: dict[str, dict[str, str]] = field(default_factory=dict)
    sources: dict[str, SourceTable] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    name: str = ""
    description: str = ""

    def table(self, name: str) -> str:
        """Give the source's name of a contract table."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """Give the source's name of a contract column."""
        return self.columns.get(table, {}).get(name, name)

    def places(self, tables: AnyMapping[str, Sequence[str]]) -> dict[str, str]:
        """Find the tables that queries name, by their columns.

        Parameters
        ----------
        tables : mapping of str to sequence of str
            The source's columns by table.

        Returns
        -------
        dict of str to str
            The source's table by the name in braces; what is not there is absent.
        """
        found = {}
        for name, wanted in self.sources.items():
            for table, columns in tables.items():
                present = {column.lower() for column in columns}
                if present.issuperset(wanted.has) and present.isdisjoint(wanted.lacks):
                    found[name] = table
                    break
        return found

    def query(self, table: str, tables: AnyMapping[str, Sequence[str]]) -> str | None:
        """Give the query of a contract table, where the source has what it reads.

        Parameters
        ----------
        table : str
            A contract table.
        tables : mapping of str to sequence of str
            The source's columns by table.

        Returns
        -------
        str, optional
        """
        places = self.places(tables)
        for query in self.queries.get(table, ()):
            needed = [name for name in self.sources if f"{{{name}}}" in query]
            if all(name in places for name in needed):
                for name in needed:
                    query = query.replace(f"{{{name}}}", quoted(places[name]))  # noqa: PLW2901
                return query
        return None


def find_mapping(name: str) -> Mapping:
    """Read a mapping: a shipped one by its name, any other by its path.

    Parameters
    ----------
    name : str
        Name or path; the mapping that changes nothing where it is empty.

    Returns
    -------
    Mapping

    Raises
    ------
    SettingsError
        As `load_mapping`.
    """
    if not name:
        return Mapping()
    for each in shipped_mappings():
        if each.name == name:
            return each
    path = Path(name)
    if not path.exists():
        names = ", ".join(each.name for each in shipped_mappings())
        raise SettingsError(
            f"mapping {name} cannot be read: there is no such file",
            f"give a YAML file, or one of {names}",
        )
    return load_mapping(path)


def shipped_mappings() -> tuple[Mapping, ...]:
    """Read the mappings that come with the package, in the order of their names."""
    return tuple(
        replace(load_mapping(path), name=path.stem)
        for path in sorted(SHIPPED_DIR.glob("*.yaml"))
    )


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Parameters
    ----------
    path : Path
        YAML with ``tables`` and ``columns``, both optional.

    Returns
    -------
    Mapping

    Raises
    ------
    SettingsError
        If the file cannot be read, is not of that form, or names a table or column
        that the contract does not have.
    """
    try:
        content = read_yaml(path)
    except UnreadableError as error:
        raise _wrong(path, str(error)) from error
    content = {} if content is None else content
    sections = _section(
        path,
        content,
        "the file",
        known={"description", "sources", "tables", "columns", "missing"},
    )
    known = {table.name: set(table.column_names) for table in CONTRACT}
    tables: dict[str, str] = {}
    queries: dict[str, tuple[str, ...]] = {}
    given = _section(path, sections.get("tables") or {}, "tables", set(known))
    for name, value in given.items():
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME:
            tables[name] = value
        else:
            queries[name] = _queries(path, name, value)
    columns: dict[str, dict[str, str]] = {}
    computed: dict[str, dict[str, str]] = {}
    given = _section(path, sections.get("columns") or {}, "columns", set(known))
    for table, values in given.items():
        where = f"columns of {table}"
        for name, value in _section(path, values, where, known[table]).items():
            if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME:
                columns.setdefault(table, {})[name] = value
            else:
                text = _computed(path, f"{where}: {name}", value)
                computed.setdefault(table, {})[name] = text
    sources = {
        name: SourceTable(
            *(
                tuple(str(column).lower() for column in value.get(key, ()))
                for key in ("has", "lacks")
            )
        )
        for name, value in (sections.get("sources") or {}).items()
    }
    return Mapping(
        tables,
        columns,
        queries,
        computed,
        sources,
        dict(sections.get("missing") or {}),
        description=str(sections.get("description") or ""),
    )


def _queries(path: Path, name: str, value: Any) -> tuple[str, ...]:
    each = value if isinstance(value, list) else [value]
    queries = [part.get("sql") for part in each if isinstance(part, dict)]
    if len(queries) < len(each) or not all(
        isinstance(query, str) and 0 < len(query) <= _LONGEST_SQL for query in queries
    ):
        raise _wrong(
            path, f"tables: {name} must be a name or a query, got {_short(value)}"
        )
    return tuple(str(query).strip().rstrip(";") for query in queries)


def _computed(path: Path, where: str, value: Any) -> str:
    """Give the SQL of a column that is no plain name."""
    if isinstance(value, dict) and len(value) == 1:
        text = value.get("sql")
        if isinstance(text, str) and 0 < len(text) <= _LONGEST_SQL:
            return text.strip()
        constant = value.get("value")
        if isinstance(constant, bool | int | float):
            return repr(int(constant) if isinstance(constant, bool) else constant)
        if constant is not None:
            return "'" + str(constant).replace("'", "''") + "'"
    raise _wrong(path, f"{where} must be a name, a value or SQL, got {_short(value)}")


def _section(path: Path, content: Any, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise _wrong(path, f"{where} must be names and values, got {_short(content)}")
    for name in content:
        if name not in known:
            raise _wrong(
                path,
                f"{where}: the contract has no {str(name)[:_SHOWN]!r}; it has "
                f"{', '.join(sorted(known))}",
            )
    return content


def _short(value: Any) -> str:
    """Repeat the beginning of what stands in a name's place."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _wrong(path: Path, problem: str) -> SettingsError:
    return SettingsError(f"mapping {path}: {problem}", f"write it as\n{EXAMPLE}")
