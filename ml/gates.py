"""Gates: a frame either meets its expectations or the step stops with the rows."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ml.drift import Drift, population_stability_index
from ml.errors import GateError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_LARGEST = float(np.finfo(np.float64).max)
_SAMPLE_ROWS = 3
_SAMPLE_COLUMNS = 8


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
    positions: NDArray[np.int64]
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


def check_frame(
    frame: pd.DataFrame, expectations: Sequence[Expectation], *, name: str
) -> GateReport:
    """Check a frame with Great Expectations.

    Parameters
    ----------
    frame : pd.DataFrame of shape (n_rows, n_columns)
        Left as it is; its index does not matter.
    expectations : sequence of Expectation
        What must hold. A column that is missing fails its expectation.
    name : str
        The frame's name in the report.

    Returns
    -------
    GateReport
        With the positions of every offending row.
    """
    work = frame.reset_index(drop=True)
    flags = work.select_dtypes("bool").columns
    work = work.astype(dict.fromkeys(flags, "int64"))
    failures: dict[int, Failure] = {}
    compiled: dict[int, Any] = {}
    for number, expectation in enumerate(expectations):
        absent = [column for column in _columns(expectation) if column not in work]
        if absent:
            found = f"no column {', '.join(absent)}"
            failures[number] = _failure(frame, expectation, found, [])
        elif isinstance(expectation, Drift):
            moved = _check_drift(frame, expectation)
            failures |= {} if moved is None else {number: moved}
        else:
            if isinstance(expectation, GroupSum):
                work[f"_sum_{number}"] = _group_sum(work, expectation)
            compiled[number] = expectation
    for number, found, positions in _validate(work, compiled):
        failures[number] = _failure(frame, expectations[number], found, positions)
    ordered = tuple(failures[number] for number in sorted(failures))
    return GateReport(name, len(frame), len(expectations), ordered)


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


def _columns(expectation: Expectation) -> tuple[str, ...]:
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


def _group_sum(frame: pd.DataFrame, expectation: GroupSum) -> Any:
    if not expectation.by:
        return frame[expectation.column].sum()
    keys = list(expectation.by)
    groups = frame.groupby(keys, dropna=False, sort=False)
    return groups[expectation.column].transform("sum")


def _check_drift(frame: pd.DataFrame, expectation: Drift) -> Failure | None:
    if len(frame) < expectation.min_rows:
        return None
    values = frame[expectation.column].to_numpy(dtype="float64", na_value=np.nan)
    moved = population_stability_index(values, expectation)
    if moved <= expectation.max_psi:
        return None
    return _failure(frame, expectation, f"a stability index of {moved:.3f}", [])


def _failure(
    frame: pd.DataFrame, expectation: Expectation, found: str, positions: Sequence[int]
) -> Failure:
    columns = _columns(expectation)
    others = [column for column in frame.columns if column not in columns]
    shown = [column for column in columns if column in frame] + others
    rows = frame[shown[:_SAMPLE_COLUMNS]].iloc[list(positions[:_SAMPLE_ROWS])]
    sample = tuple(str(row) for row in rows.to_dict("records"))
    where = np.asarray(positions, dtype=np.int64)
    return Failure(expectation, columns, found, where, sample)


def _validate(
    frame: pd.DataFrame, expectations: dict[int, Expectation]
) -> list[tuple[int, str, list[int]]]:
    """Run Great Expectations: once for all, then again for the rows of what failed."""
    if not expectations:
        return []
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("frames")
    asset = source.add_dataframe_asset("frame")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch({"dataframe": frame})

    def run(
        numbers: list[int], result_format: Literal["BOOLEAN_ONLY", "COMPLETE"]
    ) -> list[tuple[int, Any]]:
        rules = [_compile(number, expectations[number]) for number in numbers]
        suite = gx.ExpectationSuite(result_format.lower(), expectations=rules)
        outcome: Any = batch.validate(suite, result_format=result_format)
        by_number = {
            int(result.expectation_config.meta["number"]): result
            for result in outcome.results
            if not result.success
        }
        return sorted(by_number.items())

    broken = [number for number, _ in run(list(expectations), "BOOLEAN_ONLY")]
    again = run(broken, "COMPLETE") if broken else []
    return [(number, *_found(result)) for number, result in again]


def _found(result: Any) -> tuple[str, list[int]]:
    for raised in (result.exception_info, *result.exception_info.values()):
        if isinstance(raised, dict) and raised.get("raised_exception"):
            return f"a check that failed: {raised['exception_message']}", []
    detail = result.result
    if "unexpected_index_list" not in detail:
        return str(detail.get("observed_value")), []
    positions = sorted(int(row) for row in detail["unexpected_index_list"])
    return f"{len(positions)} bad rows of {detail['element_count']}", positions


def _compile(number: int, expectation: Expectation) -> Any:
    rules: Any = importlib.import_module("great_expectations.expectations")
    match expectation:
        case Range(column=column, min=low, max=high):
            rule = rules.ExpectColumnValuesToBeBetween
            arguments = {"column": column, **_bounds(low, high)}
        case GroupSum(min=low, max=high):
            rule = rules.ExpectColumnValuesToBeBetween
            arguments = {"column": f"_sum_{number}", **_bounds(low, high)}
        case NullShare(column=column, max=share):
            rule = rules.ExpectColumnValuesToNotBeNull
            mostly = max(0.0, 1.0 - share - 1e-9)
            arguments = {"column": column, "mostly": mostly}
        case InSet(column=column, values=values):
            rule = rules.ExpectColumnValuesToBeInSet
            arguments = {"column": column, "value_set": list(values)}
        case Pattern(column=column, regex=regex):
            rule = rules.ExpectColumnValuesToMatchRegex
            arguments = {"column": column, "regex": regex}
        case Unique(columns=(column,)):
            rule = rules.ExpectColumnValuesToBeUnique
            arguments = {"column": column}
        case Unique(columns=columns):
            rule = rules.ExpectCompoundColumnsToBeUnique
            arguments = {"column_list": list(columns)}
        case AtMost(column=column, other=other):
            rule = rules.ExpectColumnPairValuesAToBeGreaterThanB
            arguments = {
                "column_A": other,
                "column_B": column,
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
            }
        case RowCount(min=low, max=high):
            rule = rules.ExpectTableRowCountToBeBetween
            arguments = {"min_value": low, "max_value": high}
        case Drift():
            raise TypeError("drift is measured here, not by Great Expectations")
    return rule(meta={"number": number}, **arguments)


def _bounds(low: float | None, high: float | None) -> dict[str, float]:
    return {
        "min_value": -_LARGEST if low is None else low,
        "max_value": _LARGEST if high is None else high,
    }
