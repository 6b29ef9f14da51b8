"""Where Feast's state lives: under the home of tipoff, wherever Feast is started."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from feast.infra.registry.file import FileRegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.repo_config import RegistryConfig

from ml.features.feast.definitions import Definitions, define
from ml.features.feast.moments import keep_moments_in_utc
from ml.features.feast.stores import (
    HomeRedisOnlineStoreConfig,
    HomeSqliteOnlineStoreConfig,
)
from ml.features.manifest import read_catalog
from ml.settings import Settings, load_settings
from ml.storage.files import replacing

keep_moments_in_utc()


def home_settings() -> Settings:
    """Return the settings of the environment; the default home is the project's.

    The default of ``TIPOFF_HOME`` is relative to the folder one works in, and Feast
    works in ``feature_repo``.
    """
    if os.environ.get("TIPOFF_HOME"):
        return load_settings()
    return load_settings(home=load_settings().project_dir / "data")


@cache
def home_definitions() -> Definitions:
    """Return Feast's objects as the manifest of the home describes them."""
    settings = home_settings()
    return define(read_catalog(settings), settings)


class HomeRegistryStore(FileRegistryStore):
    """A registry file; a relative path lies under the home.

    A write that is killed leaves the old registry in place.
    """

    def __init__(self, registry_config: RegistryConfig, repo_path: Path) -> None:
        del repo_path
        super().__init__(registry_config, home_settings().feast_dir)

    def _write_registry(self, registry_proto: Registry) -> None:
        with replacing(self._filepath) as temporary:
            self._filepath, final = temporary, self._filepath
            try:
                super()._write_registry(registry_proto)
            finally:
                self._filepath = final


class HomeOnlineStoreConfig:
    """The online store that the settings name, with its place.

    Making one gives the configuration of SQLite or Redis.
    """

    def __new__(cls, type: str) -> Any:
        """Return the configuration; `type` is what led here."""
        del type
        settings = home_settings()
        if settings.online_store == "redis":
            return HomeRedisOnlineStoreConfig(connection_string=settings.redis_url)
        settings.feast_dir.mkdir(parents=True, exist_ok=True)
        return HomeSqliteOnlineStoreConfig(path=str(settings.feast_dir / "online.db"))
