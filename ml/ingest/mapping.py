"""A mapping: the source's own names for the tables and columns of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml.contract import CONTRACT
from ml.errors import SettingsError
from ml.ingest.bounded_yaml import UnreadableError, read_yaml

_SHOWN = 60
_LONGEST_NAME = 1000
EXAMPLE = """\
tables:
  games: schedule        # the contract's name: the source's name
columns:
  games:
    home_pts: pts_home   # the contract's name: the source's name
"""


@dataclass(frozen=True)
class Mapping:
    """Names by which a source calls what the contract names.

    Attributes
    ----------
    tables : dict of str to str
        Source table by contract table.
    columns : dict of str to dict of str to str
        Source column by contract table and contract column.
    """

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def table(self, name: str) -> str:
        """Give the source's name of a contract table."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """Give the source's name of a contract column."""
        return self.columns.get(table, {}).get(name, name)


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
    sections = _section(path, content, "the file", known={"tables", "columns"})
    known = {table.name: set(table.column_names) for table in CONTRACT}
    tables = _names(path, sections.get("tables") or {}, "tables", set(known))
    columns = {
        name: _names(path, names, f"columns of {name}", known[name])
        for name, names in _section(
            path, sections.get("columns") or {}, "columns", known=set(known)
        ).items()
    }
    return Mapping(tables, columns)


def _names(path: Path, content: Any, where: str, known: set[str]) -> dict[str, str]:
    names = _section(path, content, where, known)
    for name, value in names.items():
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
            raise _wrong(path, f"{where}: {name} must be a name, got {_short(value)}")
    return names


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
