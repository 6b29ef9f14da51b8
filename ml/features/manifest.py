"""The dbt manifest, read as the catalogue.

An exposure of ``type: ml`` is a service. Its ``meta`` names the ``service``, the
``spine`` (the model whose rows are forecast) and ``sides``: a list of prefixes that
every view is joined under (``[home, away]``), or a mapping of prefix to views
(``{opponent: [fv_team_form]}``; views not mentioned join without prefix). A view's
key ``team_id`` joins the spine's ``home_team_id`` where the spine has that column,
else its ``team_id``. A feature that would have the name of a column of the spine is
left out: the row says it itself.

A service holds the features whose own ``meta.services`` names it: those that its model
reads. One whose exposure says ``holds: everything`` holds every feature of its views,
for people who want to model themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ml.errors import BuildError, MissingError
from ml.features.catalog import (
    CREATED_TIMESTAMP,
    EVENT_TIMESTAMP,
    TYPES,
    Catalog,
    Column,
    Feature,
    FeatureService,
    FeatureView,
    Join,
    digest,
    prefixed,
)
from ml.quality.limits import Limits
from ml.settings import Settings


def read_catalog(settings: Settings) -> Catalog:
    """Read the catalogue from the manifest of the last dbt run.

    Parameters
    ----------
    settings : Settings
        Says where the manifest is.

    Returns
    -------
    Catalog
        Views and services by name.

    Raises
    ------
    MissingError
        If dbt has not run yet, or was stopped while it wrote the manifest.
    BuildError
        If a feature model or an exposure lacks something; names it.
    """
    return parse_manifest(read_manifest(settings))


def read_manifest(settings: Settings) -> dict[str, Any]:
    """Read the manifest of the last dbt run, which dbt does not write whole or not.

    Raises
    ------
    MissingError
        If dbt has not run yet, or was stopped while it wrote the manifest.
    """
    remedy = "run `tipoff build` (or `dbt build`) first"
    try:
        return dict(json.loads(settings.manifest.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        words = f"there is no dbt manifest at {settings.manifest}"
        raise MissingError(words, remedy) from error
    except ValueError as error:
        words = f"the dbt manifest {settings.manifest} is half-written: {error}"
        raise MissingError(words, remedy) from error


def parse_manifest(manifest: Mapping[str, Any]) -> Catalog:
    """Make the catalogue from the contents of a dbt manifest.

    Parameters
    ----------
    manifest : mapping
        Needs ``nodes``, ``macros`` and ``exposures``.

    Returns
    -------
    Catalog
        Views and services by name.

    Raises
    ------
    BuildError
        If a feature model or an exposure lacks something; names it.
    """
    nodes = manifest["nodes"]
    views = {
        key: _view(node, manifest)
        for key, node in sorted(nodes.items())
        if node["resource_type"] == "model" and "features" in node["fqn"][1:-1]
    }
    models = {
        node["name"]: node for node in nodes.values() if node["resource_type"] != "test"
    }
    exposures = sorted(manifest.get("exposures", {}).items())
    services = [
        _service(exposure, views, models)
        for _, exposure in exposures
        if exposure["type"] == "ml"
    ]
    names = [service.name for service in services]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BuildError(
            f"two exposures name the service {', '.join(twice)}",
            "a service is described once",
        )
    _refuse_strangers(views.values(), services)
    return Catalog(
        views=tuple(sorted(views.values(), key=lambda view: view.name)),
        services=tuple(sorted(services, key=lambda service: service.name)),
    )


def _view(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> FeatureView:
    name = node["name"]
    feast = _meta(node).get("feast")
    if not feast or not feast.get("entities"):
        raise BuildError(
            f"feature model {name} has no entities",
            "write config.meta.feast.entities in its yml",
        )
    columns = node["columns"]
    keys = tuple(feast["entities"])
    for key in (*keys, EVENT_TIMESTAMP, CREATED_TIMESTAMP):
        if key not in columns:
            raise BuildError(
                f"feature model {name} has no column {key}",
                "every feature model has its keys, event_timestamp, created_timestamp",
            )
    skipped = {*keys, EVENT_TIMESTAMP, CREATED_TIMESTAMP}
    ttl_days = feast.get("ttl_days")
    return FeatureView(
        name=name,
        entities=tuple((key, _data_type(name, columns[key])) for key in keys),
        features=tuple(
            _feature(name, column)
            for key, column in columns.items()
            if key not in skipped
        ),
        ttl=timedelta(days=ttl_days) if ttl_days else None,
        description=" ".join(node.get("description", "").split()),
        definition=_definition(node["unique_id"], manifest),
    )


def _feature(model: str, column: Mapping[str, Any]) -> Feature:
    meta = _meta(column)
    return Feature(
        name=column["name"],
        data_type=_data_type(model, column),
        description=" ".join(column.get("description", "").split()),
        can_be=_limits(model, column["name"], "can_be", meta),
        has_been=_limits(model, column["name"], "has_been", meta),
        is_scoring=bool(meta.get("is_scoring", False)),
        services=_services(model, column["name"], meta),
    )


def _services(model: str, feature: str, meta: Mapping[str, Any]) -> tuple[str, ...]:
    services = meta.get("services", [])
    if not isinstance(services, list) or not all(isinstance(s, str) for s in services):
        raise BuildError(
            f"{model}.{feature}: services is {services!r}",
            "name the services whose model reads it, as in [team_matchup]",
        )
    return tuple(services)


def _limits(model: str, feature: str, kind: str, meta: Mapping[str, Any]) -> Limits:
    try:
        return Limits(**meta.get(kind, {}))
    except TypeError as error:
        raise BuildError(
            f"{model}.{feature}: {kind} is {meta[kind]!r}",
            "its limits are min, max and null_share, as in {min: 0, max: 1}",
        ) from error


def _data_type(model: str, column: Mapping[str, Any]) -> str:
    data_type = (column.get("data_type") or "").lower()
    if data_type not in TYPES:
        raise BuildError(
            f"{model}.{column['name']} has data_type {data_type!r}",
            f"features and keys are one of {', '.join(sorted(TYPES))}",
        )
    return data_type


def _service(
    exposure: Mapping[str, Any],
    views: Mapping[str, FeatureView],
    models: Mapping[str, Mapping[str, Any]],
) -> FeatureService:
    name = exposure["name"]
    meta = _meta(exposure)
    if not meta.get("service") or not meta.get("spine"):
        raise BuildError(
            f"exposure {name} names no service or no spine",
            "write meta: {service: ..., spine: ...}",
        )
    holds_everything = meta.get("holds") == "everything"
    if "holds" in meta and not holds_everything:
        raise BuildError(
            f"exposure {name} holds {meta['holds']!r}",
            "it can say `holds: everything`; else it holds the features that name it",
        )
    spine = models.get(meta["spine"])
    if spine is None or not spine["columns"]:
        raise BuildError(
            f"exposure {name}: its spine {meta['spine']} is no model with columns",
            "describe the columns of the spine in its yml",
        )
    joined = [views[key] for key in exposure["depends_on"]["nodes"] if key in views]
    joins = tuple(
        Join(
            view=view,
            side=side,
            keys=_keys(name, view, side, spine),
            features=tuple(
                feature
                for feature in view.features
                if (holds_everything or meta["service"] in feature.services)
                and prefixed(side, feature.name) not in spine["columns"]
            ),
        )
        for side, view in _sides(name, meta.get("sides") or {}, joined)
    )
    if idle := [join.name for join in joins if not join.features]:
        raise BuildError(
            f"exposure {name} joins {', '.join(idle)}, of which it holds no feature",
            f"name {meta['service']} in meta.services of a feature, or take it out of "
            "depends_on",
        )
    service = FeatureService(
        name=meta["service"],
        spine=meta["spine"],
        joins=joins,
        description=" ".join(exposure.get("description", "").split()),
    )
    _refuse_twins(name, service.columns)
    return service


def _sides(
    exposure: str,
    sides: Iterable[str] | Mapping[str, Iterable[str]],
    joined: list[FeatureView],
) -> Iterator[tuple[str, FeatureView]]:
    """Yield every (prefix, view) of a service, plain joins first."""
    named = {view.name: view for view in joined}
    if not isinstance(sides, Mapping):
        sides = {side: list(named) for side in sides}
    sided = {name for names in sides.values() for name in names}
    if strangers := sorted(sided - named.keys()):
        raise BuildError(
            f"exposure {exposure}: sides name {', '.join(strangers)}",
            "list them under depends_on too",
        )
    for view in joined:
        if view.name not in sided:
            yield "", view
    for side, names in sides.items():
        for name in names:
            yield side, named[name]


def _keys(
    exposure: str, view: FeatureView, side: str, spine: Mapping[str, Any]
) -> tuple[tuple[str, str], ...]:
    keys = []
    for key, _ in view.entities:
        candidates = [prefixed(side, key), key]
        found = next((name for name in candidates if name in spine["columns"]), None)
        if found is None:
            raise BuildError(
                f"exposure {exposure}: {spine['name']} has no column to join "
                f"{view.name}.{key} to",
                f"it needs {' or '.join(dict.fromkeys(candidates))}",
            )
        keys.append((key, found))
    return tuple(keys)


def _refuse_twins(exposure: str, columns: Iterable[Column]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        if column.name in seen:
            raise BuildError(
                f"exposure {exposure} has {column.name} twice: "
                f"{seen[column.name]} and {column.source}",
                "give one of the two features another name",
            )
        seen[column.name] = column.source


def _refuse_strangers(
    views: Iterable[FeatureView], services: Iterable[FeatureService]
) -> None:
    """Refuse a feature that names a service which does not hold it."""
    held = {
        (service.name, column.join.view.name, column.feature.name)
        for service in services
        for column in service.columns
    }
    for view in views:
        for feature in view.features:
            for name in feature.services:
                if (name, view.name, feature.name) not in held:
                    raise BuildError(
                        f"{view.name}.{feature.name} names the service {name}, which "
                        "does not hold it",
                        f"name a service whose exposure depends on {view.name}",
                    )


def _definition(unique_id: str, manifest: Mapping[str, Any]) -> str:
    """Hash what makes a model: its SQL, everything upstream, every macro used."""
    parts: dict[str, str] = {}
    todo = [unique_id]
    while todo:
        key = todo.pop()
        if key in parts:
            continue
        if macro := manifest.get("macros", {}).get(key):
            if macro["package_name"] != manifest["metadata"]["project_name"]:
                continue
            parts[key] = macro["macro_sql"]
        elif node := manifest["nodes"].get(key):
            parts[key] = node["checksum"]["checksum"]
        else:
            parts[key] = ""
            continue
        depends = (macro or node).get("depends_on", {})
        todo += [*depends.get("nodes", ()), *depends.get("macros", ())]
    return digest(sorted(parts.items()))


def _meta(node: Mapping[str, Any]) -> dict[str, Any]:
    return {**node.get("meta", {}), **node.get("config", {}).get("meta", {})}
