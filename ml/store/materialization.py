"""Filling the online store with the state at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ml.catalog import Catalog
from ml.files import replacing
from ml.settings import Settings
from ml.store.quiet import quiet
from ml.store.repository import apply, open_store

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def materialize(settings: Settings, until: datetime) -> Catalog:
    """Register everything and fill the online store with what `until` knew.

    The store is made anew, so it holds nothing later than `until`, whatever it held
    before. Rows whose TTL has passed by then are left out.

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
    moment = until if until.tzinfo else until.replace(tzinfo=UTC)
    if settings.online_store == "redis":
        _fill(settings, catalog, moment, online=None)
        return catalog
    with replacing(settings.feast_dir / "online.db") as temporary:
        online = {"type": "sqlite", "path": str(temporary)}
        _fill(settings, catalog, moment, online=online)
    return catalog


def _fill(
    settings: Settings,
    catalog: Catalog,
    until: datetime,
    *,
    online: dict[str, str] | None,
) -> None:
    store = open_store(settings, online=online)
    with quiet():
        views = store.list_feature_views()
        provider: Any = store._get_provider()
        backend = provider.online_store
        backend.teardown(store.config, views, [])
        backend.update(store.config, [], views, [], [], partial=False)
        for view in catalog.views:
            start = until - view.ttl if view.ttl else _BEGINNING
            store.materialize(start, until, feature_views=[view.name])
        if settings.online_store == "sqlite":
            backend._get_conn(store.config).close()
