"""The shape of a service's frame: one for training and for tonight."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import MissingError
from ml.features.catalog import KNOWN_AT, Column, FeatureService

INSTANT = pa.timestamp("us", tz="UTC")


def shape(
    entity_rows: pa.Table, features: pa.Table, service: FeatureService
) -> pa.Table:
    """Name, type and complete what Feast returned.

    Parameters
    ----------
    entity_rows : pa.Table
        What was asked for; its columns come first.
    features : pa.Table
        A column per `Column.source`, and ``<join>__event_timestamp`` per join.
    service : FeatureService
        Says what the columns are.

    Returns
    -------
    pa.Table
        Entity columns, `service.feature_names` and ``features_known_at`` (when the
        newest of the row's features became known, UTC). Numbers and yes/no are
        float64, text stays text, null means unknown.

    Raises
    ------
    MissingError
        If a feature was not returned: the registry is older than the manifest.
    """
    lacking = [
        column.source
        for column in service.columns
        if column.source not in features.column_names
    ]
    if lacking:
        raise MissingError(
            f"Feast does not know {', '.join(lacking[:5])}",
            "run `tipoff materialize` (or `feast apply`) after the build",
        )
    columns = dict(
        zip(entity_rows.column_names, entity_rows.itercolumns(), strict=True)
    )
    columns |= {
        column.name: _typed(features[column.source], column)
        for column in service.columns
    }
    columns |= {
        difference.name: pc.subtract(
            columns[difference.home.name], columns[difference.away.name]
        )
        for difference in service.differences
    }
    columns[KNOWN_AT] = _latest(
        features[f"{join.name}__event_timestamp"] for join in service.joins
    )
    return pa.table(columns)


def _typed(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.feature.data_type == "varchar":
        return values.cast(pa.string())
    return values.cast(pa.float64())


def _latest(moments: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    instants = [moment.cast(INSTANT).cast(pa.int64()) for moment in moments]
    return pc.max_element_wise(*instants, skip_nulls=True).cast(INSTANT)


def utc(moment: datetime) -> datetime:
    """Return a moment with its time zone; a naive one is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
