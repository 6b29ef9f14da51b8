"""Gates: a frame either meets its expectations or the step stops with the rows."""

from ml.gates.check import check_frame
from ml.gates.drift import Drift, drift_expectations, population_stability_index
from ml.gates.expectations import (
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
from ml.gates.great import import_early
from ml.gates.report import Failure, GateReport, require

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
