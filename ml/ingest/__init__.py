"""Ingest: a source's SQLite file, checked against the contract, in the warehouse."""
