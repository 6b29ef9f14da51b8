"""What can be expected of a frame."""

from __future__ import annotations

from dataclasses import dataclass

from ml.quality.drift import Drift


@dataclass(frozen=True)
class Range:
    """Every value that is not null lies in [min, max] and is finite."""

    column: str
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class NullShare:
    """At most this share (0-1) of the values is null."""

    column: str
    max: float = 0.0


@dataclass(frozen=True)
class InSet:
    """Every value that is not null is one of these."""

    column: str
    values: tuple[str | int | float, ...]


@dataclass(frozen=True)
class Pattern:
    """Every value that is not null matches this regular expression."""

    column: str
    regex: str


@dataclass(frozen=True)
class Unique:
    """No two rows agree on all of these columns."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class AtMost:
    """Where both are known, `column` is not above `other` (made <= attempted)."""

    column: str
    other: str


@dataclass(frozen=True)
class GroupSum:
    """A column, summed over the rows that agree on `by`, lies in [min, max].

    With an empty `by` the sum runs over the whole frame.
    """

    column: str
    by: tuple[str, ...]
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class RowCount:
    """The frame has at least `min` and at most `max` rows."""

    min: int = 1
    max: int | None = None


Expectation = (
    Range | NullShare | InSet | Pattern | Unique | AtMost | GroupSum | RowCount | Drift
)


def columns_of(expectation: Expectation) -> tuple[str, ...]:
    """Return the columns an expectation speaks of; none where it is the frame."""
    match expectation:
        case RowCount():
            return ()
        case Unique(columns=columns):
            return columns
        case AtMost(column=column, other=other):
            return (column, other)
        case GroupSum(column=column, by=by):
            return (column, *by)
        case _:
            return (expectation.column,)
