"""Spines: the rows that are forecast, read from the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import MissingError
from ml.features.feast.frame import INSTANT
from ml.features.manifest import read_catalog
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse


@dataclass(frozen=True)
class TrainingSet:
    """One family of training files.

    Attributes
    ----------
    service : str
        The feature service, which knows the spine.
    key : tuple of str
        Columns that name a row of the spine.
    played : str
        The label that is null until the game was played.
    """

    service: str
    key: tuple[str, ...]
    played: str

    @property
    def is_wide(self) -> bool:
        """Whether it holds every feature, not only those that a model reads."""
        return self.service.endswith("_wide")

    def path(self, settings: Settings, season: str) -> Path:
        """Return the file of one season."""
        return settings.model_dir / f"{self.service}_train_{season}.parquet"

    def seasons(self, settings: Settings) -> list[str]:
        """List the seasons that have a file, the oldest first."""
        files = settings.model_dir.glob(self.path(settings, "*").name)
        return sorted(path.stem.rsplit("_", 1)[1] for path in files)


TEAM_MATCHUP = TrainingSet("team_matchup", ("game_id",), "home_pts")
PLAYER_GAME = TrainingSet("player_game", ("game_id", "player_id"), "min")
# The same rows with every feature, for people and for models of their own.
TEAM_MATCHUP_WIDE = replace(TEAM_MATCHUP, service="team_matchup_wide")
PLAYER_GAME_WIDE = replace(PLAYER_GAME, service="player_game_wide")


def slate_spine(
    settings: Settings, day: date, training_set: TrainingSet = TEAM_MATCHUP
) -> pa.Table:
    """Read the spine of one day's games; MissingError where there are none."""
    slate = read_spine(settings, training_set, f"game_date = date '{day.isoformat()}'")
    if slate.num_rows == 0:
        days = read_spine(settings, TEAM_MATCHUP, "true")["game_date"]
        span = pc.min_max(days).as_py()
        raise MissingError(
            f"there are no games on {day.isoformat()}",
            f"the schedule runs from {span['min']} to {span['max']}",
        )
    return slate


def read_spine(
    settings: Settings, training_set: TrainingSet, condition: str
) -> pa.Table:
    """Read rows of a spine; the warehouse is held only for the query.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    training_set : TrainingSet
        Whose spine.
    condition : str
        SQL over its columns.

    Returns
    -------
    pa.Table
        Ordered by tip-off and key; timestamps are UTC.

    Raises
    ------
    MissingError
        If nothing was built yet.
    BusyError
        If another process is writing the warehouse.
    """
    spine = read_catalog(settings).service(training_set.service).spine
    order = ", ".join(("tipoff_at", *training_set.key))
    try:
        with open_warehouse(settings) as warehouse:
            table = warehouse.execute(
                f"select * from {spine} where {condition} order by {order}"
            ).to_arrow_table()
    except duckdb.CatalogException as error:
        raise MissingError(
            f"the warehouse has no {spine}", "run `tipoff build` (or `dbt build`)"
        ) from error
    for name in ("tipoff_at", "forecast_at"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, _utc(table[name]))
    return table


def _utc(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    if moments.type.tz is None:
        moments = pc.assume_timezone(moments, "UTC")
    return moments.cast(INSTANT)
