"""Ingest: a source's SQLite file, checked against the contract, in the warehouse."""

from ml.ingest.explain import explain
from ml.ingest.play_by_play import ingest_play_by_play
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary

__all__ = ["IngestSummary", "explain", "ingest", "ingest_play_by_play"]
