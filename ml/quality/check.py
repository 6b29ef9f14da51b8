"""Checking a frame: a summary of its columns first, its rows where one is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.quality.drift import Drift, population_stability_index
from ml.quality.expectations import (
    AtMost,
    Expectation,
    GroupSum,
    NullShare,
    Range,
    columns_of,
)
from ml.quality.gx import ask
from ml.quality.report import Failure, GateReport

if TYPE_CHECKING:
    import pandas as pd

_LARGEST = float(np.finfo(np.float64).max)
_SAMPLE_ROWS = 3
_KEY_ENDINGS = ("_id", "_date", "_at", "_timestamp")
_SAMPLE_KEYS = 4


@dataclass(frozen=True)
class _Summary:
    """The extremes of a column (or its share of nulls) and what bounds them."""

    smallest: float
    largest: float
    low: float
    high: float


def check_frame(
    frame: pd.DataFrame, expectations: Sequence[Expectation], *, name: str
) -> GateReport:
    """Check a frame with Great Expectations.

    Of ranges, sums and shares of nulls it is shown the extremes, all columns in one
    table: an expectation costs it 20 ms and a copy of the frame, and a training frame
    has hundreds.

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
    failures: dict[int, Failure] = {}
    summaries: dict[int, _Summary] = {}
    others: dict[int, Expectation] = {}
    for number, expectation in enumerate(expectations):
        absent = [name for name in columns_of(expectation) if name not in frame]
        if absent:
            found = f"no column {', '.join(absent)}"
            failures[number] = _failure(frame, expectation, found, [])
            continue
        match expectation:
            case Range() | GroupSum() if not _is_number(frame[expectation.column]):
                found = f"{frame[expectation.column].dtype} instead of numbers"
                failures[number] = _failure(frame, expectation, found, [])
            case Drift():
                if moved := _moved(frame, expectation):
                    failures[number] = _failure(frame, expectation, moved, [])
            case Range() | GroupSum() | NullShare():
                summaries[number] = _summary(frame, expectation)
            case _:
                others[number] = expectation
    for number in _broken(summaries):
        positions = np.flatnonzero(_offending(frame, expectations[number]))
        found = f"{len(positions)} bad rows of {len(frame)}"
        failures[number] = _failure(frame, expectations[number], found, positions)
    columns = {column for rule in others.values() for column in columns_of(rule)}
    rows = frame[sorted(columns)].reset_index(drop=True)
    for number, found, places in ask(rows, others):
        failures[number] = _failure(frame, expectations[number], found, places)
    ordered = tuple(failures[number] for number in sorted(failures))
    return GateReport(name, len(frame), len(expectations), ordered)


def _is_number(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return pd.api.types.is_numeric_dtype(column)


def _summary(
    frame: pd.DataFrame, expectation: Range | GroupSum | NullShare
) -> _Summary:
    if isinstance(expectation, NullShare):
        share = float(frame[expectation.column].isna().mean()) if len(frame) else 0.0
        return _Summary(np.nan, share, np.nan, expectation.max + 1e-9)
    values = _values(frame, expectation)
    known = values[~np.isnan(values)]
    smallest, largest = (known.min(), known.max()) if known.size else (np.nan, np.nan)
    return _Summary(float(smallest), float(largest), *_bounds(expectation))


def _broken(summaries: dict[int, _Summary]) -> list[int]:
    """Return the numbers of the summaries that leave their bounds."""
    import pandas as pd

    table = pd.DataFrame([vars(summary) for summary in summaries.values()])
    bounds = {0: AtMost("low", "smallest"), 1: AtMost("largest", "high")}
    answers = ask(table, dict(bounds) if len(table) else {})
    rows = {row for _, _, rows in answers for row in rows}
    numbers = list(summaries)
    return [numbers[row] for row in sorted(rows)]


def _offending(frame: pd.DataFrame, expectation: Expectation) -> Bools:
    if isinstance(expectation, NullShare):
        return frame[expectation.column].isna().to_numpy()
    assert isinstance(expectation, Range | GroupSum)
    values, (low, high) = _values(frame, expectation), _bounds(expectation)
    return (values < low) | (values > high)


def _values(frame: pd.DataFrame, expectation: Range | GroupSum) -> Floats:
    name = expectation.column
    column = frame[name]
    if isinstance(expectation, GroupSum):
        if not expectation.by:
            return np.full(len(frame), float(column.sum()))
        keys = list(expectation.by)
        column = frame.groupby(keys, dropna=False, sort=False)[name].transform("sum")
    values: Any = column.to_numpy(dtype="float64", na_value=np.nan)
    return np.asarray(values)


def _bounds(expectation: Range | GroupSum) -> tuple[float, float]:
    low, high = expectation.min, expectation.max
    return (-_LARGEST if low is None else low, _LARGEST if high is None else high)


def _moved(frame: pd.DataFrame, expectation: Drift) -> str | None:
    if len(frame) < expectation.min_rows:
        return None
    values = frame[expectation.column].to_numpy(dtype="float64", na_value=np.nan)
    moved = population_stability_index(values, expectation)
    return None if moved <= expectation.max_psi else f"a stability index of {moved:.3f}"


def _failure(
    frame: pd.DataFrame,
    expectation: Expectation,
    found: str,
    positions: Sequence[int] | Ints,
) -> Failure:
    columns = columns_of(expectation)
    others = [column for column in frame.columns if column not in columns]
    keys = [column for column in others if str(column).endswith(_KEY_ENDINGS)]
    shown = [column for column in columns if column in frame] + keys[:_SAMPLE_KEYS]
    rows = frame[shown].iloc[list(positions[:_SAMPLE_ROWS])]
    sample = tuple(str(row) for row in rows.to_dict("records"))
    where = np.asarray(positions, dtype=np.int64)
    return Failure(expectation, columns, found, where, sample)
