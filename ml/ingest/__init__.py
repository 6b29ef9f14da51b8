"""Ingest: a source's SQLite file, checked against the contract, in the warehouse."""

from ml.ingest.explain import explain
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary

__all__ = ["IngestSummary", "explain", "ingest"]
