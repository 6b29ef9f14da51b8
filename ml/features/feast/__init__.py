"""The feature store: Feast over Parquet files, with one shape of frame."""

from ml.features.feast.materialization import holds, materialize
from ml.features.feast.repository import apply
from ml.features.feast.retrieval import historical, online

__all__ = ["apply", "historical", "holds", "materialize", "online"]
