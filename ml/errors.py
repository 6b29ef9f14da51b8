"""The errors that tipoff raises on purpose.

::

    TipoffError            exit 1
    ├── SettingsError      exit 2    a setting or an argument cannot be used
    ├── SourceError        exit 30   the source cannot be read
    │   └── ContractError  exit 30   the source lacks a table, a column or a type
    ├── GateError          exit 20   rows, frames or forecasts failed their checks
    │   └── SetAsideError  exit 23   games of the day to forecast were set aside
    ├── BuildError         exit 21   dbt stopped: a model or a test failed
    ├── MissingError       exit 10   what was asked for is not there (yet)
    │   └── TooFewError    exit 10   there are too few games to learn from, yet
    ├── ModelError         exit 22   a stored model does not fit its features
    ├── BusyError          exit 40   another run holds this home
    ├── DeliveryError      exit 41   files could not be delivered
    ├── StorageError       exit 42   a file could not be written
    ├── MemoryLimitError   exit 43   there was not enough memory
    ├── ClusterError       exit 44   a dask scheduler or its workers are not there
    └── AlarmError         exit 50   forecasts are bad, or something did not run
"""

from __future__ import annotations


class TipoffError(Exception):
    """An error with a remedy.

    Parameters
    ----------
    problem : str
        What is wrong, naming the thing and the value found.
    remedy : str
        What the reader can do about it.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem if not remedy else f"{problem}\n  remedy: {remedy}")
        self.problem = problem
        self.remedy = remedy


class SettingsError(TipoffError):
    """A setting or an argument cannot be used."""

    exit_code = 2


class MissingError(TipoffError):
    """What was asked for is not there, or not yet."""

    exit_code = 10


class TooFewError(MissingError):
    """There are too few games to learn from, yet."""


class GateError(TipoffError):
    """Rows, a frame or forecasts failed their checks."""

    exit_code = 20


class SetAsideError(GateError):
    """Games of the day to forecast were set aside: the day is forecast without them."""

    exit_code = 23


class BuildError(TipoffError):
    """Dbt stopped: a model or a test failed."""

    exit_code = 21


class ModelError(TipoffError):
    """A stored model does not fit its features, or its file is damaged."""

    exit_code = 22


class SourceError(TipoffError):
    """The source cannot be read."""

    exit_code = 30


class ContractError(SourceError):
    """The source lacks a table, a column or a type that the contract names."""


class BusyError(TipoffError):
    """Another run holds this home."""

    exit_code = 40


class DeliveryError(TipoffError):
    """Files could not be delivered."""

    exit_code = 41


class StorageError(TipoffError):
    """A file could not be written: the disk is full, or it is not ours."""

    exit_code = 42


class MemoryLimitError(TipoffError):
    """There was not enough memory."""

    exit_code = 43


class ClusterError(TipoffError):
    """A dask scheduler does not answer, or its workers cannot do the work."""

    exit_code = 44


class AlarmError(TipoffError):
    """Forecasts have become bad, or something has not run for too long."""

    exit_code = 50
