"""Frames for models: training sets by season, and tonight's slate.

A training set is a spine (games, or players in games, with their labels) joined
through Feast to what was known at the moment of the forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.errors import GateError, MissingError
from ml.features import fingerprints
from ml.features.catalog import EVENT_TIMESTAMP, KNOWN_AT
from ml.features.feast import historical, online
from ml.features.manifest import read_catalog
from ml.features.spines import (
    PLAYER_GAME,
    PLAYER_GAME_WIDE,
    TEAM_MATCHUP,
    TEAM_MATCHUP_WIDE,
    TrainingSet,
    read_spine,
    slate_spine,
)
from ml.settings import Settings
from ml.storage.files import replacing

if TYPE_CHECKING:
    import pandas as pd


def build_team_train_dataset(
    settings: Settings, seasons: Sequence[str] | None = None, *, wide: bool = False
) -> tuple[Path, ...]:
    """Write ``team_matchup_train_{season}.parquet``; see `build_training_set`.

    What is `wide` holds every feature: ``team_matchup_wide_train_{season}.parquet``.
    """
    chosen = TEAM_MATCHUP_WIDE if wide else TEAM_MATCHUP
    return build_training_set(settings, chosen, seasons)


def build_player_train_dataset(
    settings: Settings, seasons: Sequence[str] | None = None, *, wide: bool = False
) -> tuple[Path, ...]:
    """Write ``player_game_train_{season}.parquet``; see `build_training_set`.

    What is `wide` holds every feature: ``player_game_wide_train_{season}.parquet``.
    """
    chosen = PLAYER_GAME_WIDE if wide else PLAYER_GAME
    return build_training_set(settings, chosen, seasons)


def build_training_set(
    settings: Settings, training_set: TrainingSet, seasons: Sequence[str] | None = None
) -> tuple[Path, ...]:
    """Write one Parquet file a season: spine, labels and features.

    A season whose file was made from the same rows is left as it is.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    training_set : TrainingSet
        Which files.
    seasons : sequence of str, optional
        Such as ``2023-24``; every season with played games where absent.

    Returns
    -------
    tuple of Path
        The files, oldest season first; rows ordered by tip-off and key.

    Raises
    ------
    MissingError
        If there is nothing to learn from, or the features are not registered.
    GateError
        If a feature became known at or after its game's tip-off.
    """
    condition = f"{training_set.played} is not null"
    spine = read_spine(settings, training_set, condition)
    found = sorted(set(spine["season"].to_pylist()))
    wanted = found if seasons is None else sorted(seasons)
    if strangers := sorted(set(wanted) - set(found)) or not wanted:
        raise MissingError(
            f"there are no played games of {strangers if seasons else 'any season'}",
            f"there are: {', '.join(found) or 'none'}",
        )
    service = read_catalog(settings).service(training_set.service)
    now = fingerprints.digests(settings, service, spine)
    paths = {season: training_set.path(settings, season) for season in wanted}
    stale = [
        name for name in wanted if fingerprints.made_from(paths[name]) != now[name]
    ]
    if stale:
        spine = spine.filter(pc.is_in(spine["season"], pa.array(stale)))
        frame = training_frame(settings, training_set, spine)
    for season in stale:
        with replacing(paths[season]) as temporary:
            rows = frame.filter(pc.equal(frame["season"], season))
            marked = fingerprints.with_digest(rows, now[season])
            pq.write_table(marked, temporary, compression="zstd")
    return tuple(paths.values())


def training_frame(
    settings: Settings, training_set: TrainingSet, spine: pa.Table
) -> pa.Table:
    """Join the features to a spine, each row as of its ``forecast_at``.

    Raises
    ------
    GateError
        If a feature became known at or after its game's tip-off.
    """
    asked = spine.append_column(EVENT_TIMESTAMP, spine["forecast_at"])
    frame = historical(settings, training_set.service, asked)
    frame = frame.drop_columns([EVENT_TIMESTAMP])
    late = frame.filter(pc.greater_equal(frame[KNOWN_AT], frame["tipoff_at"]))
    if late.num_rows:
        first = late.slice(0, 1).to_pylist()[0]
        key = ", ".join(f"{name} {first[name]}" for name in training_set.key)
        raise GateError(
            f"{late.num_rows} rows of {training_set.service} hold a feature that "
            f"became known at or after tip-off, first {key}: tip-off "
            f"{first['tipoff_at']}, known {first[KNOWN_AT]}",
            "check known_at and forecast_at of these games",
        )
    return frame


def load_training_frame(
    settings: Settings,
    seasons: Iterable[str],
    training_set: TrainingSet = TEAM_MATCHUP,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read training files.

    Parameters
    ----------
    settings : Settings
        Says where the files are.
    seasons : iterable of str
        Which; their order does not matter.
    training_set : TrainingSet
        Which family of files.
    columns : sequence of str, optional
        Only these, where a file has them; all by default.

    Returns
    -------
    pd.DataFrame
        One row a game (or player and game), oldest first; features are float64 or
        text, timestamps UTC.

    Raises
    ------
    MissingError
        If a season has no file.
    """
    tables = []
    for season in sorted(set(seasons)):
        path = training_set.path(settings, season)
        if not path.exists():
            raise MissingError(
                f"there is no training set at {path}",
                f"run `python -m ml.jobs.build_{training_set.service.split('_')[0]}"
                f"_train_dataset{' --wide' if training_set.is_wide else ''}`",
            )
        there = pq.read_schema(path).names
        chosen = None if columns is None else [n for n in columns if n in there]
        tables.append(pq.read_table(path, columns=chosen))
    if not tables:
        raise MissingError("no season was asked for", "name at least one")
    table = pa.concat_tables(tables, promote_options="permissive")
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def slate_frame(
    settings: Settings,
    day: date,
    moment: datetime,
    training_set: TrainingSet = TEAM_MATCHUP,
) -> pd.DataFrame:
    """Read one day's games with their features from the online store.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    day : date
        The day of the games (US/Eastern).
    moment : datetime
        The moment of the forecast (naive: UTC); the store was materialised to it.
    training_set : TrainingSet
        Whose spine and features.

    Returns
    -------
    pd.DataFrame
        The columns of the training set; labels are null for games to come.

    Raises
    ------
    MissingError
        If there are no games that day, or the store is not as of `moment`.
    BusyError
        If the store was filled anew again and again meanwhile.
    """
    slate = slate_spine(settings, day, training_set)
    table = online(settings, training_set.service, slate, moment, exactly=True)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def as_of_frame(
    settings: Settings, training_set: TrainingSet, condition: str, moment: datetime
) -> pa.Table:
    """Read rows with their features point in time, none later than a moment.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    training_set : TrainingSet
        Whose spine and features.
    condition : str
        SQL over the spine's columns.
    moment : datetime
        The moment of the forecast (UTC): rows that would be forecast later are
        forecast then.

    Returns
    -------
    pa.Table
        The columns of the training set.

    Raises
    ------
    GateError
        If a feature became known at or after its game's tip-off.
    """
    spine = read_spine(settings, training_set, condition)
    place = spine.schema.get_field_index("forecast_at")
    now = pa.scalar(moment, spine["forecast_at"].type)
    when = pc.if_else(pc.greater(spine["forecast_at"], now), now, spine["forecast_at"])
    return training_frame(
        settings, training_set, spine.set_column(place, "forecast_at", when)
    )
