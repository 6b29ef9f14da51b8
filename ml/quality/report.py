"""What came of a check, and the error it may end in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ml.arrays import Ints
from ml.errors import GateError
from ml.quality.expectations import Expectation

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class Failure:
    """One expectation that a frame does not meet.

    Attributes
    ----------
    expectation : Expectation
        What was expected.
    columns : tuple of str
        The columns concerned; empty where it is the whole frame.
    found : str
        What was found instead.
    positions : ndarray of int, shape (n_bad,)
        Positions (not labels) of the offending rows; empty where the failure is not
        one of single rows.
    sample : tuple of str
        The first offending rows, readable.
    """

    expectation: Expectation
    columns: tuple[str, ...]
    found: str
    positions: Ints
    sample: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the expectation."""
        return type(self.expectation).__name__

    def __str__(self) -> str:
        where = ", ".join(self.columns) or "the whole frame"
        lines = [f"{where}: expected {self.expectation}, found {self.found}"]
        return "\n".join([*lines, *(f"    {row}" for row in self.sample)])


@dataclass(frozen=True, eq=False)
class GateReport:
    """What came of checking one frame.

    Attributes
    ----------
    name : str
        The frame's name, for people.
    n_rows : int
        Rows checked.
    n_expectations : int
        Expectations checked.
    failures : tuple of Failure
        Those not met, in the order they were given.
    """

    name: str
    n_rows: int
    n_expectations: int
    failures: tuple[Failure, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures

    def __str__(self) -> str:
        head = (
            f"{self.name}: {len(self.failures)} of {self.n_expectations} expectations "
            f"failed on {self.n_rows} rows"
        )
        return "\n  ".join([head, *(str(failure) for failure in self.failures)])


def require(report: GateReport) -> None:
    """Stop unless a report passed.

    Parameters
    ----------
    report : GateReport
        From `check_frame`.

    Raises
    ------
    GateError
        Naming frame, column, rule, the number of offending rows and a few of them.
    """
    if not report.passed:
        raise GateError(
            str(report), "correct these rows; what was last written stays in place"
        )
