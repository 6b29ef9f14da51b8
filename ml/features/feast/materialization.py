"""Filling the online store with the state at one moment."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ml.features.catalog import EVENT_TIMESTAMP, Catalog, FeatureView
from ml.features.feast.frame import utc
from ml.features.feast.quiet import quiet
from ml.features.feast.repository import apply, open_store
from ml.features.incremental import Watermark, last_watermark
from ml.settings import Settings
from ml.storage.files import replacing
from ml.storage.warehouse import open_memory

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(9999, 1, 1, tzinfo=UTC)
# A table in the store's own file: what is held of each view, of which line of builds.
# A store with one of another name held moments in local time.
_HELD = "tipoff_held_in_utc"


def materialize(settings: Settings, until: datetime) -> Catalog:
    """Register everything and fill the online store with what `until` knew.

    The store holds nothing later than `until`, whatever it held before, and no row
    whose TTL has passed by then. Where it holds an earlier moment of features that
    were only added to since, what is newer is added; else it is made anew.

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
    if settings.online_store == "redis":
        _fill(settings, catalog, moment, held={}, online=None)
        return catalog
    path = settings.feast_dir / "online.db"
    watermark = last_watermark(settings)
    held = _held(path, watermark, moment)
    with replacing(path) as temporary:
        if held:
            shutil.copyfile(path, temporary)
        online = {"type": "sqlite", "path": str(temporary)}
        _fill(settings, catalog, moment, held=held, online=online)
        if watermark is not None:
            _note_held(settings, catalog, temporary, watermark, moment)
    return catalog


def _fill(
    settings: Settings,
    catalog: Catalog,
    until: datetime,
    *,
    held: dict[str, datetime],
    online: dict[str, str] | None,
) -> None:
    """Write what `until` knew over what the store holds of each view."""
    store = open_store(settings, online=online)
    ttl = {view.name: view.ttl for view in catalog.views}
    with quiet():
        views = store.list_feature_views()
        provider: Any = store._get_provider()
        backend = provider.online_store
        if not held:
            backend.teardown(store.config, views, [])
            backend.update(store.config, [], views, [], [], partial=False)
        for view in views:
            start = until - (ttl[view.name] or until - _BEGINNING)
            if held:
                before = start if view.name in held else _END
                _forget(backend, store.config, view, before)
            start = max(start, held.get(view.name, _BEGINNING))
            store.materialize(start, until, feature_views=[view.name])
        if settings.online_store == "sqlite":
            backend._get_conn(store.config).close()


def _forget(backend: Any, config: Any, view: Any, before: datetime) -> None:
    """Delete the rows of a view that are stamped before a moment."""
    from feast.infra.online_stores.helpers import compute_table_id

    versioned = config.registry.enable_online_feature_view_versioning
    table = compute_table_id(config.project, view, versioned)
    with backend._get_conn(config) as connection:
        connection.execute(
            f'delete from "{table}" where event_ts < ?', (before.replace(tzinfo=None),)
        )


def _held(
    path: Path, watermark: Watermark | None, until: datetime
) -> dict[str, datetime]:
    """Return the views of which a store holds a part of what `until` knew, up to when.

    None where features were built anew since.
    """
    if watermark is None or not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                f"select view, held from {_HELD} where line = ?", (watermark.line,)
            ).fetchall()
    except sqlite3.Error:
        return {}
    held = {view: datetime.fromisoformat(moment) for view, moment in rows}
    return {view: moment for view, moment in held.items() if moment <= until}


def _note_held(
    settings: Settings,
    catalog: Catalog,
    path: Path,
    watermark: Watermark,
    until: datetime,
) -> None:
    """Note up to when the store holds rows that every later build will have too.

    A view with a row later than the last build's watermark is left out: the next one
    may lack that row, of a game to come that was put off.
    """
    last = utc(watermark.until)
    rows = [
        (view.name, watermark.line, min(until, last).isoformat())
        for view in catalog.views
        if until <= last or not _has_rows(settings, view, last, until)
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"drop table if exists {_HELD}")
        connection.execute(f"create table {_HELD} (view text, line text, held text)")
        connection.executemany(f"insert into {_HELD} values (?, ?, ?)", rows)


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
