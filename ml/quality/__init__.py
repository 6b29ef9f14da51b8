"""Gates: a frame either meets its expectations or the step stops with the rows."""

from ml.quality.check import check_frame
from ml.quality.drift import Drift, drift_expectations, population_stability_index
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
    columns_of,
)
from ml.quality.gx import import_early
from ml.quality.report import Failure, GateReport, require

__all__ = [
    "AtMost",
    "Drift",
    "Expectation",
    "Failure",
    "GateReport",
    "GroupSum",
    "InSet",
    "NullShare",
    "Pattern",
    "Range",
    "RowCount",
    "Unique",
    "check_frame",
    "columns_of",
    "drift_expectations",
    "import_early",
    "population_stability_index",
    "require",
]
