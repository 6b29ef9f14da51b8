"""Filling the online store with the state at one moment."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ml.features.catalog import EVENT_TIMESTAMP, Catalog, FeatureView
from ml.features.feast.frame import utc
from ml.features.feast.quiet import quiet
from ml.features.feast.repository import apply, online_config, open_store
from ml.features.feast.states import State
from ml.features.fingerprints import digest_of_state
from ml.features.incremental import Watermark, last_watermark
from ml.features.manifest import read_catalog
from ml.settings import Settings
from ml.storage.files import replacing
from ml.storage.warehouse import open_memory

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)


def holds(settings: Settings, until: datetime) -> bool:
    """Say whether the online store already holds what `until` knew, whoever filled it.

    Parameters
    ----------
    settings : Settings
        Says where everything is, and which online store it is.
    until : datetime
        The last moment that counts, inclusive (naive: UTC).

    Returns
    -------
    bool
        Whether it is the state of that moment, of the same features and rows.
    """
    catalog = read_catalog(settings)
    store = open_store(settings)
    with quiet():
        backend: Any = store._get_provider().online_store
        state = backend.state(store.config)
    if state is None or state.until != utc(until):
        return False
    return bool(state.digest == digest_of_state(settings, catalog, utc(until)))


def materialize(settings: Settings, until: datetime) -> Catalog:
    """Register everything and fill the online store with what `until` knew.

    The store holds nothing later than `until`, whatever it held before, and no row
    whose TTL has passed by then. Where a store of SQLite holds an earlier moment of
    features that were only added to since, what is newer is added; else it is made
    anew. Whoever reads meanwhile reads what it held before.

    Parameters
    ----------
    settings : Settings
        Says where everything is, and which online store it is.
    until : datetime
        The last moment that counts, inclusive (naive: UTC).

    Returns
    -------
    Catalog
        What was registered.

    Raises
    ------
    MissingError
        If dbt has not run yet.
    """
    catalog = apply(settings)
    moment = utc(until)
    state = State(
        id=uuid4().hex,
        until=moment,
        digest=digest_of_state(settings, catalog, moment),
        features={
            view.name: [feature.name for feature in view.features]
            for view in catalog.views
        },
    )
    if settings.online_store == "redis":
        _fill_redis(settings, catalog, state)
    else:
        _fill_sqlite(settings, catalog, state)
    return catalog


def _fill_redis(settings: Settings, catalog: Catalog, state: State) -> None:
    """Write a state beside the one that is served, then serve it."""
    store = open_store(settings, online=online_config(settings) | {"filling": state.id})
    with quiet():
        views = store.list_feature_views()
        backend: Any = store._get_provider().online_store
        backend.begin(store.config)
        for view in views:
            start = _start(catalog, view, state.until)
            store.materialize(start, state.until, feature_views=[view.name])
        backend.serve(store.config, state, views)


def _fill_sqlite(settings: Settings, catalog: Catalog, state: State) -> None:
    """Write a state to a file beside the one that is read, then let it take its place.

    The file is begun with what is carried on of the old one.
    """
    # It imports Feast.
    from ml.features.feast.stores import note_state, noted_state

    path = settings.feast_dir / "online.db"
    watermark = last_watermark(settings)
    carried = _carried(noted_state(path), watermark, state.until)
    with replacing(path) as temporary:
        if carried:
            shutil.copyfile(path, temporary)
        online = {"type": "sqlite", "path": str(temporary)}
        store = open_store(settings, online=online)
        with quiet():
            views = store.list_feature_views()
            backend: Any = store._get_provider().online_store
            if not carried:
                backend.teardown(store.config, views, [])
                backend.update(store.config, [], views, [], [], partial=False)
            for view in views:
                start = _start(catalog, view, state.until)
                if carried:
                    before = start if view.name in carried else _END
                    _forget(backend, store.config, view, before)
                start = max(start, carried.get(view.name, _BEGINNING))
                store.materialize(start, state.until, feature_views=[view.name])
            backend._get_conn(store.config).close()
        if watermark is not None:
            noted = _to_carry_on(settings, catalog, watermark, state.until)
            state = replace(state, line=watermark.line, carried=noted)
        note_state(temporary, state)


def _start(catalog: Catalog, view: Any, until: datetime) -> datetime:
    """Return the first moment of rows that are in force."""
    (ttl,) = (each.ttl for each in catalog.views if each.name == view.name)
    return _BEGINNING if ttl is None else until - ttl


def _forget(backend: Any, config: Any, view: Any, before: datetime) -> None:
    """Delete the rows of a view that are stamped before a moment."""
    from feast.infra.online_stores.helpers import compute_table_id

    versioned = config.registry.enable_online_feature_view_versioning
    table = compute_table_id(config.project, view, versioned)
    with backend._get_conn(config) as connection:
        connection.execute(
            f'delete from "{table}" where event_ts < ?', (before.replace(tzinfo=None),)
        )


def _carried(
    held: State | None, watermark: Watermark | None, until: datetime
) -> dict[str, datetime]:
    """Return the views of which a store holds a part of what `until` knew, up to when.

    None where features were built anew since.
    """
    if held is None or watermark is None or held.line != watermark.line:
        return {}
    moments = {
        view: datetime.fromisoformat(moment) for view, moment in held.carried.items()
    }
    return {view: moment for view, moment in moments.items() if moment <= until}


def _to_carry_on(
    settings: Settings, catalog: Catalog, watermark: Watermark, until: datetime
) -> dict[str, str]:
    """Return up to when a store holds rows that every later build will have too.

    A view with a row later than the last build's watermark is left out: the next one
    may lack that row, of a game to come that was put off.
    """
    last = utc(watermark.until)
    return {
        view.name: min(until, last).isoformat()
        for view in catalog.views
        if until <= last or not _has_rows(settings, view, last, until)
    }


def _has_rows(
    settings: Settings, view: FeatureView, after: datetime, until: datetime
) -> bool:
    with open_memory(settings) as memory:
        found = memory.execute(
            "select 1 from read_parquet(?) "
            f"where {EVENT_TIMESTAMP} > ? and {EVENT_TIMESTAMP} <= ? limit 1",
            [str(view.parquet(settings)), after, until],
        ).fetchone()
    return found is not None
