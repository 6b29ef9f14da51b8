"""What an ingest did, for people and as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ml.ingest.remarks import Remark

if TYPE_CHECKING:
    from rich.console import RenderableType

_COUNTS = {
    **{name: name for name in ("found", "new", "changed", "finished", "unchanged")},
    "quarantined": "n_quarantined",
    "ignored": "n_ignored",
    "disappeared": "disappeared",
}


@dataclass(frozen=True)
class TableSummary:
    """What became of one table's rows.

    ``found = new + changed + finished + unchanged + sum(quarantined) +
    sum(ignored)``, unless the table was left out.

    Attributes
    ----------
    name : str
        The table.
    found : int
        Rows in the source.
    new : int
        Rows stored for the first time.
    changed : int
        Rows that replaced an older version, which is kept.
    finished : int
        Scheduled games that have got their result.
    unchanged : int
        Rows stored already, as they are.
    disappeared : int
        Rows stored that the source no longer has; they are kept.
    quarantined : dict of str to int
        Rows put aside, by the first rule they broke.
    examples : dict of str to str
        By rule the columns it speaks of, with values and key of the first bad row.
    left_out : str
        Why nothing of the table was taken; empty where it was.
    ignored : dict of str to int
        Rows that are not needed, by the kind of their games.
    """

    name: str
    found: int
    new: int = 0
    changed: int = 0
    finished: int = 0
    unchanged: int = 0
    disappeared: int = 0
    quarantined: dict[str, int] | None = None
    examples: dict[str, str] | None = None
    left_out: str = ""
    ignored: dict[str, int] | None = None

    @property
    def n_quarantined(self) -> int:
        """Rows put aside."""
        return sum((self.quarantined or {}).values())

    @property
    def n_ignored(self) -> int:
        """Rows that are not needed."""
        return sum((self.ignored or {}).values())


@dataclass(frozen=True)
class UnresolvedName:
    """A name in the injury reports that no player could be found for.

    Attributes
    ----------
    player : str
        The name as reported.
    team : str
        The team as reported.
    n_rows : int
        How many stored rows carry it.
    """

    player: str
    team: str
    n_rows: int


@dataclass(frozen=True)
class UnseenColumn:
    """New rows with values beyond what earlier seasons have seen.

    Attributes
    ----------
    table, column : str
        Where.
    n_rows : int
        How many rows.
    value : float
        The most extreme one.
    key : str
        The row it is in.
    seen_before : str
        The limits of what was seen.
    """

    table: str
    column: str
    n_rows: int
    value: float
    key: str
    seen_before: str

    def __str__(self) -> str:
        return (
            f"not seen before in {self.table}.{self.column}: {self.n_rows:,} row(s) "
            f"beyond {self.seen_before}, for example {self.value:g} ({self.key})"
        )


@dataclass(frozen=True)
class IngestSummary:
    """What an ingest did.

    Attributes
    ----------
    source : str
        Name of the source file.
    fingerprint : str
        SHA-256 of source, mapping and contract.
    as_of : datetime
        The moment (UTC) that corrections of this ingest are known from.
    is_repeat : bool
        Whether the source was the one stored last, so that nothing was done.
    tables : tuple of TableSummary
        One a table of the contract.
    n_reports : int
        Stored injury rows, those of teams that had not yet reported included.
    n_names : int
        Those of them that name a player.
    unresolved : tuple of UnresolvedName
        Names no player was found for.
    unseen : tuple of UnseenColumn
        What new rows hold beyond what earlier seasons have seen.
    remarks : tuple of Remark
        What was not taken as it was found.
    """

    source: str
    fingerprint: str
    as_of: datetime
    is_repeat: bool
    tables: tuple[TableSummary, ...]
    n_reports: int = 0
    n_names: int = 0
    unresolved: tuple[UnresolvedName, ...] = ()
    unseen: tuple[UnseenColumn, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether anything stored is other than before."""
        return not self.is_repeat and any(
            table.new or table.changed or table.finished for table in self.tables
        )

    @property
    def line(self) -> str:
        """What was done, in one line."""
        without = "".join(f"; without {name}" for name in self.left_out)
        if self.is_repeat:
            return f"{self.source}: no change since the last ingest{without}"
        found = sum(table.found for table in self.tables)
        numbers = {
            "new": sum(table.new for table in self.tables),
            "changed": sum(table.changed for table in self.tables),
            "finished": sum(table.finished for table in self.tables),
            "quarantined": sum(table.n_quarantined for table in self.tables),
            "ignored": sum(table.n_ignored for table in self.tables),
            "disappeared": sum(table.disappeared for table in self.tables),
        }
        words = [f"{number:,} {name}" for name, number in numbers.items() if number]
        done = f"{found:,} rows, {', '.join(words) or 'no change'}"
        return f"{self.source}: {done}{without}"

    @property
    def left_out(self) -> dict[str, str]:
        """Why each optional table was left out of which nothing was taken."""
        return {table.name: table.left_out for table in self.tables if table.left_out}

    def as_dict(self) -> dict[str, Any]:
        """Give the summary as plain data for JSON.

        Returns
        -------
        dict
        """
        return asdict(self) | {"as_of": self.as_of.isoformat()}

    def render(self) -> RenderableType:
        """Give the summary as a table for the console.

        Returns
        -------
        rich.console.RenderableType
        """
        from rich.console import Group
        from rich.table import Table

        if self.is_repeat:
            return self.line
        counts = Table(title=f"{self.source}, as of {self.as_of:%Y-%m-%d %H:%M} UTC")
        counts.add_column("table", no_wrap=True)
        numbers = {
            name: [getattr(table, attribute) for table in self.tables]
            for name, attribute in _COUNTS.items()
        }
        shown = {name: column for name, column in numbers.items() if any(column)}
        for name in shown:
            counts.add_column(name, justify="right")
        for table, *row in zip(self.tables, *shown.values(), strict=True):
            counts.add_row(table.name, *(f"{number:,}" for number in row))
        return Group(counts, *self._notes())

    @property
    def losses(self) -> list[str]:
        """What was not taken, a line each: tables left out, and rows set aside."""
        lines = [
            f"left out for now: {name}, {reason}"
            for name, reason in self.left_out.items()
        ]
        lines += [remark.line for remark in self.remarks]
        return lines + [
            f"quarantined from {table.name}: {n_rows:,} × {rule}, "
            f"for example {(table.examples or {}).get(rule, 'none')}"
            for table in self.tables
            for rule, n_rows in (table.quarantined or {}).items()
        ]

    def _notes(self) -> list[str]:
        lines = self.losses
        lines += [str(each) for each in self.unseen]
        lines += [
            f"ignored from {table.name}: {n_rows:,} × {kind}"
            for table in self.tables
            for kind, n_rows in (table.ignored or {}).items()
        ]
        n_rows = sum(name.n_rows for name in self.unresolved)
        if self.n_names:
            lines.append(
                f"injury reports: {1 - n_rows / self.n_reports:.2%} of "
                f"{self.n_reports:,} rows resolved "
                f"({1 - n_rows / self.n_names:.2%} of {self.n_names:,} that name a "
                "player)"
            )
        lines += [
            f"  no player found for {name.player!r} ({name.team}), {name.n_rows} rows"
            for name in self.unresolved
        ]
        return lines


def summary_from_dict(content: dict[str, Any], *, is_repeat: bool) -> IngestSummary:
    """Rebuild a summary from what `IngestSummary.as_dict` gave.

    Parameters
    ----------
    content : dict
        Plain data.
    is_repeat : bool
        Takes the place of what was stored.

    Returns
    -------
    IngestSummary
    """
    return IngestSummary(
        **content
        | {
            "as_of": datetime.fromisoformat(content["as_of"]),
            "is_repeat": is_repeat,
            "tables": tuple(TableSummary(**table) for table in content["tables"]),
            "unresolved": tuple(
                UnresolvedName(**name) for name in content["unresolved"]
            ),
            "unseen": tuple(UnseenColumn(**each) for each in content.get("unseen", ())),
            "remarks": tuple(Remark(**each) for each in content.get("remarks", ())),
        }
    )
