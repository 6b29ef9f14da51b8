"""Where a model comes from: what it learnt from, when, and how well it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ModelCard:
    """Provenance of a fitted model.

    Attributes
    ----------
    service : str
        The feature service it reads.
    features : tuple of str
        Columns of the service's frame that it reads.
    n_games : int
        Games it learnt from.
    first_date, last_date : str
        Dates (US/Eastern) of the first and the last of them.
    seasons : tuple of str
        Their seasons.
    data_hash : str
        SHA-256 of the training rows.
    random_state : int
        Seed.
    metrics : dict of str to float
        Scores on games after those learnt from, from the training window's folds.
    versions : dict of str to str
        Of `ml.system.libraries.LIBRARIES`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    service: str
    features: tuple[str, ...]
    n_games: int
    first_date: str
    last_date: str
    seasons: tuple[str, ...]
    data_hash: str
    random_state: int
    metrics: dict[str, float]
    versions: dict[str, str]

    @classmethod
    def from_json(cls, payload: Any) -> ModelCard:
        """Read what ``dataclasses.asdict`` made; ValueError where fields differ."""
        return TypeAdapter(cls).validate_python(payload)

    @property
    def features_hash(self) -> str:
        """SHA-256 of the feature list."""
        return hash_features(self.features)


def hash_features(features: Sequence[str]) -> str:
    """Return the SHA-256 of a feature list, in its order."""
    return hashlib.sha256(json.dumps(list(features)).encode()).hexdigest()


def hash_frame(frame: pd.DataFrame) -> str:
    """Return a SHA-256 of the values of a frame, in order of its rows and columns."""
    from pandas.util import hash_pandas_object

    rows = hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()
