"""The Feast repository of one home: open it, register what the catalogue says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from ml.errors import MissingError
from ml.features.catalog import Catalog
from ml.features.feast.definitions import define
from ml.features.feast.quiet import quiet
from ml.features.manifest import read_catalog
from ml.settings import Settings

if TYPE_CHECKING:
    import feast


def open_store(
    settings: Settings, *, online: dict[str, Any] | None = None
) -> feast.FeatureStore:
    """Open Feast on one home.

    Parameters
    ----------
    settings : Settings
        Says where the registry and the online store are.
    online : dict, optional
        Takes the place of the online store's configuration.

    Returns
    -------
    feast.FeatureStore
        As ``feature_repo/feature_store.yaml`` describes it.
    """
    with quiet():
        from feast import FeatureStore, RepoConfig

        folder = settings.project_dir / "feature_repo"
        config = yaml.safe_load((folder / "feature_store.yaml").read_text("utf-8"))
        config["registry"]["path"] = str(settings.feast_dir / "registry.db")
        config["offline_store"]["home"] = str(settings.home)
        config["online_store"] = online or online_config(settings)
        settings.feast_dir.mkdir(parents=True, exist_ok=True)
        repository = RepoConfig(**config)
        repository.repo_path = folder
        store = FeatureStore(config=repository)
        # Feast marks a view while it fills the online store, for ever if it is killed,
        # and serves nothing of a marked view, not even from its file.
        store.registry.serve_features_while_materializing = True
        return store


def online_config(settings: Settings) -> dict[str, Any]:
    """Return Feast's configuration of the online store that the settings name."""
    module = "ml.features.feast.stores"
    if settings.online_store == "redis":
        kind = f"{module}.HomeRedisOnlineStore"
        return {"type": kind, "connection_string": settings.redis_url}
    path = str(settings.feast_dir / "online.db")
    return {"type": f"{module}.HomeSqliteOnlineStore", "path": path}


def apply(settings: Settings) -> Catalog:
    """Register every entity, view and service; what is gone is removed.

    Parameters
    ----------
    settings : Settings
        Says where the manifest and the registry are.

    Returns
    -------
    Catalog
        What was registered.

    Raises
    ------
    MissingError
        If dbt has not run, or a feature table has no file yet.
    """
    catalog = read_catalog(settings)
    for view in catalog.views:
        if not view.parquet(settings).exists():
            raise MissingError(
                f"{view.name} has no file at {view.parquet(settings)}",
                "run `tipoff build` (or `dbt build`) first",
            )
    definitions = define(catalog, settings)
    wanted: list[Any] = [
        *definitions.entities,
        *definitions.views,
        *definitions.services,
    ]
    store = open_store(settings)
    with quiet():
        known: list[Any] = [
            *store.list_feature_services(),
            *store.list_feature_views(),
            *store.list_entities(),
        ]
        names = {(type(item), item.name) for item in wanted}
        gone = [item for item in known if (type(item), item.name) not in names]
        store.apply(wanted, objects_to_delete=gone, partial=False)
    return catalog
