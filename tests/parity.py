"""Whether the online store says what the offline store says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from ml.features.catalog import EVENT_TIMESTAMP
from ml.features.feast import historical, online
from ml.features.feast.frame import INSTANT
from ml.features.manifest import read_catalog
from ml.features.spines import TEAM_MATCHUP, TrainingSet, slate_spine
from ml.settings import Settings


@dataclass(frozen=True)
class Disagreement:
    """One cell that differs.

    Attributes
    ----------
    row : str
        Its key, such as ``game_id 0022300061``.
    column : str
        The feature.
    offline, online : float, str or None
        What each store says.
    """

    row: str
    column: str
    offline: float | str | None
    online: float | str | None


@dataclass(frozen=True)
class Parity:
    """Outcome of a comparison.

    Attributes
    ----------
    n_rows, n_columns : int
        How much was compared.
    n_known : int
        Cells that are not null.
    disagreements : tuple of Disagreement
        Empty: the stores agree in every cell.
    """

    n_rows: int
    n_columns: int
    n_known: int
    disagreements: tuple[Disagreement, ...]


def compare_stores(
    settings: Settings,
    day: date,
    moment: datetime,
    training_set: TrainingSet = TEAM_MATCHUP,
) -> Parity:
    """Compare every feature of one day's games, cell by cell.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    day : date
        The day of the games (US/Eastern).
    moment : datetime
        The moment asked about (naive: UTC); the online store was materialised to it.
    training_set : TrainingSet
        Whose spine and features.

    Returns
    -------
    Parity
        What differs, in the order of the frame.

    Raises
    ------
    MissingError
        If there are no games that day, or the store is not as of `moment`.
    """
    service = read_catalog(settings).service(training_set.service)
    slate = slate_spine(settings, day, training_set)
    asked = pa.array([moment] * slate.num_rows, pa.timestamp("us")).cast(INSTANT)
    before = historical(
        settings, service.name, slate.append_column(EVENT_TIMESTAMP, asked)
    )
    tonight = online(settings, service.name, slate, moment)
    keys = slate.select(list(training_set.key)).to_pylist()
    rows = [" ".join(f"{name} {key[name]}" for name in key) for key in keys]
    disagreements = []
    n_known = 0
    for column in service.feature_names:
        pairs = zip(
            rows, before[column].to_pylist(), tonight[column].to_pylist(), strict=True
        )
        for row, was, now in pairs:
            n_known += was is not None
            if was != now:
                disagreements.append(Disagreement(row, column, was, now))
    return Parity(
        n_rows=len(rows),
        n_columns=len(service.feature_names),
        n_known=n_known,
        disagreements=tuple(disagreements),
    )
