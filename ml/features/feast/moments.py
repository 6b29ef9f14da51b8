"""Moments in Feast's SQLite store: UTC, whatever the clock of the machine says."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

# It sets adapters of its own when it is imported, so ours come after.
import feast.infra.online_stores.sqlite  # noqa: F401

from ml.features.feast.frame import utc


def keep_moments_in_utc() -> None:
    """Have SQLite hold Feast's naive moments as the UTC that they are.

    Feast's own adapter takes them for local time: an hour that the local clock skips in
    spring comes back as another one, and a store that one time zone filled is hours off
    in any other. SQLite knows one adapter a type in the whole process.
    """
    sqlite3.register_adapter(datetime, _to_epoch)
    sqlite3.register_converter("timestamp", _from_epoch)


def _to_epoch(moment: datetime) -> int:
    return int(utc(moment).timestamp())


def _from_epoch(seconds: bytes) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
