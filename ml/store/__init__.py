"""The feature store: Feast over Parquet files, with one shape of frame."""

from ml.store.materialization import materialize
from ml.store.repository import apply
from ml.store.retrieval import historical, online

__all__ = ["apply", "historical", "materialize", "online"]
