"""Reading features: as they were at each row's moment, and as they are tonight."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import MissingError, SettingsError
from ml.features.catalog import EVENT_TIMESTAMP, FeatureService, Join
from ml.features.feast.frame import INSTANT, shape, utc
from ml.features.feast.quiet import quiet
from ml.features.feast.repository import apply, open_store
from ml.features.feast.states import State, read_whole
from ml.features.manifest import read_catalog
from ml.settings import Settings

if TYPE_CHECKING:
    import feast

_TYPES = {
    "double": pa.float64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "varchar": pa.string(),
}
# Keys that no entity has: what they ask for is unknown, as offline.
_NOBODY: dict[str, Any] = {"bigint": -1, "varchar": ""}


def historical(settings: Settings, service: str, entity_rows: pa.Table) -> pa.Table:
    """Join a service's features to entity rows, as each row's moment knew them.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    service : str
        Name of the feature service.
    entity_rows : pa.Table
        The service's keys and ``event_timestamp`` (the moment of the forecast, UTC).

    Returns
    -------
    pa.Table
        As `ml.features.feast.frame.shape` says, in the order of the rows.

    Raises
    ------
    MissingError
        If the service is unknown, or not registered as the manifest has it.
    SettingsError
        If the rows lack a column.
    """
    described = read_catalog(settings).service(service)
    _check_rows(described, entity_rows, (*described.keys, EVENT_TIMESTAMP))
    store = open_store(settings)
    if not _reads_own_files(store, _registered(store, service)):
        apply(settings)
        store = open_store(settings)
    asked = entity_rows.select([*described.keys, EVENT_TIMESTAMP])
    with quiet():
        job: Any = store.get_historical_features(
            entity_df=asked,
            features=_registered(store, service),
            full_feature_names=True,
        )
        features = job.to_arrow_with_event_timestamps()
    return shape(entity_rows, features, described)


def online(
    settings: Settings,
    service: str,
    entity_rows: pa.Table,
    moment: datetime,
    *,
    exactly: bool = False,
) -> pa.Table:
    """Read a service's features from the online store, all of one state.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    service : str
        Name of the feature service.
    entity_rows : pa.Table
        The service's keys.
    moment : datetime
        The moment of the forecast (naive: UTC). What has outlived its TTL by then is
        unknown: the online store keeps it for ever.
    exactly : bool
        Whether the store has to hold the state of `moment`, and not an earlier one.

    Returns
    -------
    pa.Table
        As `ml.features.feast.frame.shape` says, in the order of the rows.

    Raises
    ------
    MissingError
        If the service is unknown or not registered as the manifest has it; if the
        store holds no whole state, or one without a feature of the service; if it
        already holds what became known after `moment`, or `exactly` another moment.
    BusyError
        If the store was filled anew again and again meanwhile.
    SettingsError
        If the rows lack a column.
    """
    described = read_catalog(settings).service(service)
    _check_rows(described, entity_rows, described.keys)
    store = open_store(settings)
    types = {
        column: dict(join.view.entities)[key]
        for join in described.joins
        for key, column in join.keys
    }
    asked = {
        key: pc.fill_null(entity_rows[key], _NOBODY[kind]).to_pylist()
        for key, kind in types.items()
    }

    def read(state: State | None) -> dict[str, list[Any]]:
        held = _whole(state, described)
        if exactly and held.until != utc(moment):
            raise MissingError(
                f"the online store holds the state of {held.until:%Y-%m-%d %H:%M}, "
                f"not of {utc(moment):%Y-%m-%d %H:%M}",
                f"run `tipoff materialize --as-of {utc(moment):%Y-%m-%dT%H:%M}`; "
                "another host that shares the store may have filled it",
            )
        found: dict[str, list[Any]] = store.get_online_features(
            features=_registered(store, service),
            entity_rows=asked,
            full_feature_names=True,
        ).to_dict(include_event_timestamps=True)
        return found

    with quiet():
        backend: Any = store._get_provider().online_store
        _, answer = read_whole(lambda: backend.state(store.config), read)
    columns: dict[str, pa.Array] = {}
    for join in described.joins:
        columns |= _in_force(join, answer, utc(moment))
    return shape(entity_rows, pa.table(columns), described)


def _whole(state: State | None, service: FeatureService) -> State:
    """Return a state that has all features of a service."""
    if state is None:
        raise MissingError(
            "the online store holds no whole state: it was not filled yet, or Feast's "
            "own commands wrote to it",
            "run `tipoff materialize`",
        )
    for join in service.joins:
        there = state.features.get(join.view.name, [])
        if lacking := [each.name for each in join.features if each.name not in there]:
            raise MissingError(
                f"the online store holds no {', '.join(lacking[:5])} of "
                f"{join.view.name}: it was filled from other features",
                "run `tipoff materialize` with the same version of the project on all "
                "hosts that share it",
            )
    return state


def _in_force(
    join: Join, answer: dict[str, list[Any]], moment: datetime
) -> dict[str, pa.Array]:
    """Return one join's columns, null where the row is missing or too old."""
    sources = [f"{join.name}__{feature.name}" for feature in join.features]
    if sources[0] not in answer:
        return {}
    known_at = pa.array(
        [seconds or None for seconds in answer[f"{sources[0]}__ts"]], pa.int64()
    )
    known_at = known_at.cast(pa.timestamp("s", tz="UTC")).cast(INSTANT)
    latest = pc.max(known_at).as_py()
    if latest is not None and latest > moment:
        raise MissingError(
            f"the online store holds {join.view.name} as of {latest:%Y-%m-%d %H:%M}, "
            f"later than {moment:%Y-%m-%d %H:%M}",
            f"run `tipoff materialize --as-of {moment:%Y-%m-%dT%H:%M}`",
        )
    if join.view.ttl is not None:
        fresh = pc.greater_equal(known_at, pa.scalar(moment - join.view.ttl, INSTANT))
        known_at = pc.if_else(fresh, known_at, None)
    usable = pc.is_valid(known_at)
    columns = {
        source: pc.if_else(
            usable, pa.array(answer[source], _TYPES[feature.data_type]), None
        )
        for source, feature in zip(sources, join.features, strict=True)
        if source in answer
    }
    return columns | {f"{join.name}__{EVENT_TIMESTAMP}": known_at}


def _registered(store: feast.FeatureStore, service: str) -> feast.FeatureService:
    from feast.errors import FeatureServiceNotFoundException

    try:
        return store.get_feature_service(service)
    except FeatureServiceNotFoundException as error:
        raise MissingError(
            f"the feature service {service} is not registered",
            "run `tipoff materialize` (or `feast apply`)",
        ) from error


def _reads_own_files(store: feast.FeatureStore, service: feast.FeatureService) -> bool:
    """Say whether the views read files of their home: once, registries named others."""
    names = {projection.name for projection in service.feature_view_projections}
    sources: list[Any] = [store.get_feature_view(name).batch_source for name in names]
    return not any(Path(source.path).is_absolute() for source in sources)


def _check_rows(
    service: FeatureService, rows: pa.Table, wanted: tuple[str, ...]
) -> None:
    if lacking := [name for name in wanted if name not in rows.column_names]:
        raise SettingsError(
            f"entity rows of {service.name} lack {', '.join(lacking)}",
            f"{service.spine} has them",
        )
