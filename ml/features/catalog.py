"""The catalogue: every feature, read from the dbt manifest.

A feature is described once, beside its SQL. From here the Feast views, the
services, the column names of every frame and the expectations of its gates follow.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ml.errors import MissingError
from ml.quality.limits import NO_LIMITS, Limits
from ml.settings import Settings

EVENT_TIMESTAMP = "event_timestamp"
CREATED_TIMESTAMP = "created_timestamp"
KNOWN_AT = "features_known_at"
NUMERIC = frozenset({"double", "bigint"})
TYPES = NUMERIC | {"boolean", "varchar"}

_Item = TypeVar("_Item", "FeatureView", "FeatureService")


@dataclass(frozen=True)
class Feature:
    """One column of a feature view.

    Attributes
    ----------
    name : str
        ``<stat>_<window>``.
    data_type : {"double", "bigint", "boolean", "varchar"}
        As in the contract of the dbt model.
    description : str
        Unit, and what null means.
    can_be : Limits
        What arithmetic allows.
    has_been : Limits
        What was seen in earlier seasons.
    is_scoring : bool
        Whether its level adds to the points of a game.
    services : tuple of str
        The services whose model reads it; empty: it is there for people.
    """

    name: str
    data_type: str
    description: str = ""
    can_be: Limits = NO_LIMITS
    has_been: Limits = NO_LIMITS
    is_scoring: bool = False
    services: tuple[str, ...] = ()

    @property
    def is_numeric(self) -> bool:
        """Whether a difference of two values means something."""
        return self.data_type in NUMERIC


@dataclass(frozen=True)
class FeatureView:
    """One feature table: a row is the state of its entity after an event.

    Attributes
    ----------
    name : str
        The dbt model, and the Parquet file it writes.
    entities : tuple of (str, str)
        Join keys, each with its data type.
    features : tuple of Feature
        In the order of the model.
    ttl : timedelta or None
        How long a row stays usable; None: for ever.
    description : str
        What the table says, ending with its grain.
    definition : str
        Hash of the SQL that makes it, with everything upstream and its macros.
    """

    name: str
    entities: tuple[tuple[str, str], ...]
    features: tuple[Feature, ...]
    ttl: timedelta | None = None
    description: str = ""
    definition: str = ""

    def parquet(self, settings: Settings) -> Path:
        """Return the file that dbt writes this table to."""
        return settings.features_dir / f"{self.name}.parquet"


@dataclass(frozen=True)
class Join:
    """One view in one service, under one prefix.

    Attributes
    ----------
    view : FeatureView
        What is joined.
    side : str
        Prefix of its columns without the underscore; empty: none.
    keys : tuple of (str, str)
        Key of the view and column of the spine, in the order of the view.
    features : tuple of Feature
        Those that the service holds, whose column the spine does not have itself.
    """

    view: FeatureView
    side: str
    keys: tuple[tuple[str, str], ...]
    features: tuple[Feature, ...]

    @property
    def name(self) -> str:
        """Name of the joined view, unique in its service."""
        return prefixed(self.side, self.view.name)


@dataclass(frozen=True)
class Column:
    """One feature column of a service's frame.

    Attributes
    ----------
    name : str
        ``home_net_rating_l10``.
    source : str
        The same in Feast: ``home_fv_team_form__net_rating_l10``.
    join : Join
        Where it comes from.
    feature : Feature
        What it is.
    """

    name: str
    source: str
    join: Join
    feature: Feature


@dataclass(frozen=True)
class Difference:
    """A column that is `home` minus `away`, both columns of the same frame."""

    name: str
    home: Column
    away: Column


@dataclass(frozen=True)
class Expectation:
    """What a gate expects of one column.

    Attributes
    ----------
    column : str
        Name in the frame.
    can_be : Limits
        Beyond them a value is a fault.
    has_been : Limits
        Beyond them a value is news.
    """

    column: str
    can_be: Limits = NO_LIMITS
    has_been: Limits = NO_LIMITS


@dataclass(frozen=True)
class FeatureService:
    """The features that one model family reads, joined to one spine.

    Attributes
    ----------
    name : str
        What models ask for.
    spine : str
        The dbt model whose rows are forecast.
    joins : tuple of Join
        In the order of their columns.
    description : str
        Of the exposure.
    """

    name: str
    spine: str
    joins: tuple[Join, ...]
    description: str = ""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Columns that the spine must have."""
        return tuple(dict.fromkeys(key for join in self.joins for _, key in join.keys))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every feature column, without the differences."""
        return tuple(
            Column(
                name=prefixed(join.side, feature.name),
                source=f"{join.name}__{feature.name}",
                join=join,
                feature=feature,
            )
            for join in self.joins
            for feature in join.features
        )

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """``diff_`` columns: home minus away, of what is a number on both sides."""
        named = {column.name: column for column in self.columns}
        return tuple(
            Difference(
                name=f"diff_{column.feature.name}",
                home=column,
                away=named[f"away_{column.feature.name}"],
            )
            for column in self.columns
            if column.join.side == "home"
            and column.feature.is_numeric
            and f"away_{column.feature.name}" in named
        )

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Every column that a model may learn from, in the order of the frame."""
        return tuple(column.name for column in self.columns) + tuple(
            difference.name for difference in self.differences
        )

    @cached_property
    def scoring(self) -> tuple[str, ...]:
        """Features, without a side, whose level adds to the points of a game."""
        return tuple(
            dict.fromkeys(
                column.feature.name
                for column in self.columns
                if column.feature.is_scoring
            )
        )

    @cached_property
    def expectations(self) -> tuple[Expectation, ...]:
        """What each column can be and has been; of a difference what follows."""
        plain = [
            Expectation(column.name, column.feature.can_be, column.feature.has_been)
            for column in self.columns
        ]
        return tuple(plain) + tuple(
            _difference_expectation(difference) for difference in self.differences
        )

    @cached_property
    def content_hash(self) -> str:
        """Changes when a name, a type, a key, a TTL or the SQL changes (SHA-256)."""
        return digest(
            [
                self.spine,
                [
                    [
                        join.side,
                        join.keys,
                        join.view.name,
                        join.view.ttl.total_seconds() if join.view.ttl else None,
                        join.view.definition,
                        [[item.name, item.data_type] for item in join.features],
                    ]
                    for join in self.joins
                ],
            ]
        )


@dataclass(frozen=True)
class Catalog:
    """Every feature view and every service of the project."""

    views: tuple[FeatureView, ...]
    services: tuple[FeatureService, ...]

    def view(self, name: str) -> FeatureView:
        """Return the view called `name`; MissingError where there is none."""
        return _named(self.views, name, "feature view")

    def service(self, name: str) -> FeatureService:
        """Return the service called `name`; MissingError where there is none."""
        return _named(self.services, name, "feature service")


def _difference_expectation(difference: Difference) -> Expectation:
    """Limit home - away by what both sides can be; what they have been, they say."""
    home, away = difference.home.feature.can_be, difference.away.feature.can_be
    low = high = None
    if home.min is not None and away.max is not None:
        low = home.min - away.max
    if home.max is not None and away.min is not None:
        high = home.max - away.min
    return Expectation(difference.name, Limits(low, high))


def digest(content: Any) -> str:
    """Return the SHA-256 of what JSON can say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def prefixed(side: str, name: str) -> str:
    """Return `name` with its side in front: ``home_net_rating``."""
    return f"{side}_{name}" if side else name


def _named(items: tuple[_Item, ...], name: str, kind: str) -> _Item:
    for item in items:
        if item.name == name:
            return item
    known = ", ".join(item.name for item in items) or "none"
    raise MissingError(f"there is no {kind} {name!r}", f"there are: {known}")
