"""Feast's objects, made from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ml.features.catalog import (
    CREATED_TIMESTAMP,
    EVENT_TIMESTAMP,
    Catalog,
    FeatureService,
    FeatureView,
)
from ml.features.feast.quiet import quiet
from ml.settings import Settings

if TYPE_CHECKING:
    import feast


@dataclass(frozen=True)
class Definitions:
    """Everything that ``feast apply`` registers.

    Attributes
    ----------
    entities, views, services : tuple
        Feast objects, ordered by name.
    """

    entities: tuple[feast.Entity, ...]
    views: tuple[feast.FeatureView, ...]
    services: tuple[feast.FeatureService, ...]


def define(catalog: Catalog, settings: Settings) -> Definitions:
    """Make Feast's objects.

    Parameters
    ----------
    catalog : Catalog
        What there is.
    settings : Settings
        Says where the Parquet files are.

    Returns
    -------
    Definitions
        Entities, views and services.
    """
    with quiet():
        keys = sorted({key for view in catalog.views for key in view.entities})
        entities = {key: _entity(key, data_type) for key, data_type in keys}
        views = {view.name: _view(view, entities, settings) for view in catalog.views}
        return Definitions(
            entities=tuple(entities.values()),
            views=tuple(views.values()),
            services=tuple(_service(item, views) for item in catalog.services),
        )


def _entity(key: str, data_type: str) -> feast.Entity:
    from feast import Entity, ValueType

    types = {"bigint": ValueType.INT64, "varchar": ValueType.STRING}
    name = key.removesuffix("_id")
    return Entity(name=name, join_keys=[key], value_type=types[data_type])


def _view(
    view: FeatureView, entities: dict[str, feast.Entity], settings: Settings
) -> feast.FeatureView:
    from feast import FeatureView as FeastView
    from feast import Field, FileSource
    from feast.types import Bool, Float64, Int64, String

    types = {"bigint": Int64, "double": Float64, "boolean": Bool, "varchar": String}
    keys = [Field(name=key, dtype=types[kind]) for key, kind in view.entities]
    features = [
        Field(
            name=feature.name,
            dtype=types[feature.data_type],
            description=feature.description,
        )
        for feature in view.features
    ]
    return FeastView(
        name=view.name,
        entities=[entities[key] for key, _ in view.entities],
        ttl=view.ttl or timedelta(0),
        schema=[*keys, *features],
        source=FileSource(
            name=f"{view.name}_parquet",
            # Of the home, wherever that is when it is read.
            path=view.parquet(settings).relative_to(settings.home).as_posix(),
            timestamp_field=EVENT_TIMESTAMP,
            created_timestamp_column=CREATED_TIMESTAMP,
        ),
        description=view.description,
    )


def _service(
    service: FeatureService, views: dict[str, feast.FeatureView]
) -> feast.FeatureService:
    from feast import FeatureService as FeastService

    joined = []
    for join in service.joins:
        view = views[join.view.name][[feature.name for feature in join.features]]
        if join.side:
            view = view.with_name(join.name).with_join_key_map(dict(join.keys))
        joined.append(view)
    return FeastService(
        name=service.name, features=joined, description=service.description
    )
