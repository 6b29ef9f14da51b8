"""Great Expectations, asked once a frame."""

from __future__ import annotations

import importlib
import logging
import os
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from ml.quality.drift import Drift
from ml.quality.expectations import (
    AtMost,
    Expectation,
    GroupSum,
    InSet,
    NullShare,
    Pattern,
    Range,
    RowCount,
    Unique,
)

if TYPE_CHECKING:
    import pandas as pd


def import_early(*others: str) -> None:
    """Import Great Expectations, then other modules, beside other work.

    It takes five seconds, in which DuckDB needs Python for nothing.

    Parameters
    ----------
    *others : str
        Names of modules that are soon needed too.
    """

    def import_all() -> None:
        # Whoever needs a module imports it himself, and gets the error, if there is
        # one. Here it would only be noise: of a program that ends meanwhile with an
        # error of its own, nothing can be imported any more.
        with suppress(Exception):
            _great_expectations()
            for name in others:
                importlib.import_module(name)

    Thread(target=import_all).start()


def ask(
    frame: pd.DataFrame, expectations: dict[int, Expectation]
) -> list[tuple[int, str, list[int]]]:
    """Ask once whether all hold, then again for the rows of what does not.

    Parameters
    ----------
    frame : pd.DataFrame of shape (n_rows, n_columns)
        With the index 0, 1, 2, …
    expectations : dict of int to Expectation
        By a number of the caller's.

    Returns
    -------
    list of tuple of int, str and list of int
        Of what does not hold: its number, what was found, positions of its rows.
    """
    if not expectations:
        return []
    gx = _great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # It sets this one's level itself, to tell of every temporary folder.
    noisy = logging.getLogger("great_expectations.data_context.types.base")
    noisy.setLevel(logging.WARNING)
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
    arguments: dict[str, Any]
    match expectation:
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
        case Range() | GroupSum() | NullShare() | Drift():
            raise TypeError(f"{expectation} is asked of a summary of its column")
    return rule(meta={"number": number}, **arguments)


def _great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    return importlib.import_module("great_expectations")
