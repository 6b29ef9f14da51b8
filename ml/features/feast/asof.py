"""Feast's offline store as DuckDB ASOF joins over Parquet files.

It means the same as Feast's own ``duckdb`` store, at a fraction of the cost: a row
counts from its event timestamp on (inclusive) until its TTL has passed (inclusive);
of rows with the same event timestamp the one created last counts; naive timestamps
are UTC. The rows come back in the order of the entity rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast import FeatureView, FileSource, OnDemandFeatureView, RepoConfig
from feast.data_format import ParquetFormat
from feast.data_source import DataSource
from feast.infra.offline_stores.duckdb import (
    DuckDBOfflineStore,
    DuckDBOfflineStoreConfig,
)
from feast.infra.offline_stores.file_source import SavedDatasetFileStorage
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.infra.registry.base_registry import BaseRegistry
from feast.saved_dataset import SavedDatasetStorage

from ml.errors import MissingError, SettingsError
from ml.features.feast.home import home_settings
from ml.features.feast.point_in_time import (
    EntityRows,
    ViewPlan,
    check_entities,
    local_path,
    point_in_time,
    pull,
    read_entities,
    timestamp_column,
)
from ml.storage.files import replacing


class AsofOfflineStoreConfig(DuckDBOfflineStoreConfig):
    """Settings of the store: those of Feast's ``duckdb`` store, and its home.

    Attributes
    ----------
    home : str
        The folder that relative paths of sources lie in; that of the environment where
        empty.
    """

    type: str = "ml.features.feast.asof.AsofOfflineStore"
    home: str = ""


class AsofRetrievalJob(RetrievalJob):
    """A query that runs when its result is asked for.

    Parameters
    ----------
    query : callable
        Makes the result; with True, adds ``<view>__event_timestamp`` columns.
    full_feature_names : bool
        As asked for.
    on_demand_feature_views : list of OnDemandFeatureView
        Applied by Feast to the result.
    metadata : RetrievalMetadata, optional
        What was asked for.
    """

    def __init__(
        self,
        query: Callable[[bool], pa.Table],
        full_feature_names: bool = False,
        on_demand_feature_views: Sequence[OnDemandFeatureView] = (),
        metadata: RetrievalMetadata | None = None,
    ) -> None:
        self._query = query
        self._full_feature_names = full_feature_names
        self._on_demand_feature_views = list(on_demand_feature_views)
        self._metadata = metadata

    def to_arrow_with_event_timestamps(self) -> pa.Table:
        """Return the result plus, per view, the event timestamp of the row taken.

        Returns
        -------
        pa.Table
            Adds a column ``<view>__event_timestamp`` (UTC; null: no row) a view.
        """
        return self._query(True)

    @property
    def full_feature_names(self) -> bool:
        """Whether features are named ``<view>__<feature>``."""
        return self._full_feature_names

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """Views computed from the result."""
        return self._on_demand_feature_views

    @property
    def metadata(self) -> RetrievalMetadata | None:
        """What was asked for."""
        return self._metadata

    def persist(
        self,
        storage: SavedDatasetStorage,
        allow_overwrite: bool = False,
        timeout: int | None = None,
    ) -> None:
        """Write the result to a Parquet file, whole or not at all."""
        if not isinstance(storage, SavedDatasetFileStorage):
            raise SettingsError(
                f"a result cannot be kept in {type(storage).__name__}",
                "use SavedDatasetFileStorage",
            )
        path = local_path(storage.file_options.uri)
        if path.exists() and not allow_overwrite:
            raise SettingsError(f"{path} exists", "pass allow_overwrite=True")
        with replacing(path) as temporary:
            pq.write_table(self.to_arrow(timeout=timeout), temporary)

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        return self._query(False)

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        frame: pd.DataFrame = self._query(False).to_pandas()
        return frame


class AsofOfflineStore(DuckDBOfflineStore):
    """Point-in-time retrieval by ASOF join; sources are local Parquet files."""

    supports_filter_by_created_timestamp = False

    @staticmethod
    def get_historical_features(  # noqa: PLR0917
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: EntityRows | None,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,
        filter_by_created_timestamp: bool = False,
        **period: Any,
    ) -> AsofRetrievalJob:
        """Join every view's valid state to the entity rows.

        Parameters
        ----------
        entity_df : DataFrame, Table, str or Path
            Entity rows; a string is SQL for DuckDB or the path of a Parquet file.

        Raises
        ------
        SettingsError
            If the entity rows lack a column, a source is no local Parquet file, or
            rows are asked for by period or by their time of creation.
        MissingError
            If a Parquet file is not there.
        """
        if filter_by_created_timestamp:
            raise SettingsError(
                "rows cannot be filtered by their time of creation",
                "the event timestamp says when a row became known",
            )
        if entity_df is None or period:
            raise SettingsError(
                "there are no entity rows (retrieval by date range is not supported)",
                "pass entity_df: a frame, a Parquet path or SQL",
            )
        plans = [
            plan_view(config, view, feature_refs, full_feature_names)
            for view in feature_views
        ]
        entities = read_entities(entity_df)
        timestamp = timestamp_column(entities.schema)
        check_entities(entities, timestamp, plans)
        return AsofRetrievalJob(
            lambda stamped: point_in_time(entities, timestamp, plans, stamped),
            full_feature_names,
            OnDemandFeatureView.get_requested_odfvs(feature_refs, project, registry),
            RetrievalMetadata(
                features=feature_refs,
                keys=[name for name in entities.column_names if name != timestamp],
            ),
        )

    @staticmethod
    def pull_latest_from_table_or_query(  # noqa: PLR0917
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None,
        start_date: datetime,
        end_date: datetime,
    ) -> AsofRetrievalJob:
        """Return each entity's newest row between two moments, both inclusive."""
        return _pull(
            config,
            data_source,
            [*join_key_columns, *feature_name_columns],
            (timestamp_field, created_timestamp_column),
            period=(start_date, end_date),
            latest_by=join_key_columns,
        )

    @staticmethod
    def pull_all_from_table_or_query(  # noqa: PLR0917
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None = None,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> AsofRetrievalJob:
        """Return every row between two moments, both inclusive and optional."""
        return _pull(
            config,
            data_source,
            [*join_key_columns, *feature_name_columns],
            (timestamp_field, created_timestamp_column),
            period=(start_date, end_date),
        )


def plan_view(
    config: RepoConfig,
    view: FeatureView,
    feature_refs: Iterable[str],
    full_feature_names: bool,
) -> ViewPlan:
    """Translate a Feast view into the names of its Parquet file.

    Parameters
    ----------
    config : RepoConfig
        Says which home relative paths lie in.
    view : FeatureView
        With its projection: alias and join-key map.
    feature_refs : iterable of str
        ``<view>:<feature>`` of all views.
    full_feature_names : bool
        Whether the result's columns carry the name of the view.

    Returns
    -------
    ViewPlan
        Ready to join.

    Raises
    ------
    SettingsError
        If the source is no local Parquet file.
    MissingError
        If the file is not there.
    """
    source = view.batch_source
    if source is None:
        raise SettingsError(f"{view.name} has no batch source", "give it a FileSource")
    in_file = {new: old for old, new in source.field_mapping.items()}
    reference = str(view.projection.name_to_use())  # type: ignore[no-untyped-call]
    name = view.projection.name_alias or view.name
    wanted = [
        feature
        for prefix, _, feature in (ref.partition(":") for ref in feature_refs)
        if prefix == reference
    ]
    joined = view.projection.join_key_map or {}
    created = source.created_timestamp_column or None
    return ViewPlan(
        name=name,
        path=_source_path(config, source, view.name),
        keys=tuple(
            (
                in_file.get(entity.name, entity.name),
                joined.get(entity.name, entity.name),
            )
            for entity in view.entity_columns
        ),
        event_timestamp=in_file.get(source.timestamp_field, source.timestamp_field),
        created_timestamp=in_file.get(created, created) if created else None,
        ttl=view.ttl or None,
        features=tuple(
            (
                in_file.get(feature, feature),
                f"{name}__{feature}" if full_feature_names else feature,
            )
            for feature in wanted
        ),
    )


def _source_path(config: RepoConfig, source: DataSource, owner: str) -> Path:
    """Return the Parquet file of a source that must be one."""
    if not isinstance(source, FileSource) or not (
        source.file_format is None or isinstance(source.file_format, ParquetFormat)
    ):
        raise SettingsError(
            f"{owner} has a source of type {type(source).__name__}",
            "this offline store reads Parquet files (FileSource)",
        )
    home: str = getattr(config.offline_store, "home", "")
    path = Path(home or home_settings().home) / local_path(source.path)
    if not path.is_file():
        raise MissingError(
            f"{owner} has no file at {path}",
            "run `tipoff build` (or `dbt build`) first",
        )
    return path


def _pull(
    config: RepoConfig,
    source: DataSource,
    columns: list[str],
    timestamps: tuple[str, str | None],
    *,
    period: tuple[datetime | None, datetime | None],
    latest_by: Sequence[str] = (),
) -> AsofRetrievalJob:
    path = _source_path(config, source, source.name)
    return AsofRetrievalJob(
        lambda _: pull(path, columns, timestamps, period=period, latest_by=latest_by)
    )
