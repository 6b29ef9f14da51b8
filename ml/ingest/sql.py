"""Names in SQL, and SQLite's errors."""

from __future__ import annotations

import sqlite3

# The words of an error may quote bytes of the file that are no text: then not even the
# error can be told.
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


def quoted(name: str) -> str:
    """Quote an identifier for SQL.

    Parameters
    ----------
    name : str
        Any name.

    Returns
    -------
    str
    """
    return '"' + name.replace('"', '""') + '"'
