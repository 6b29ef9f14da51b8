"""Names in SQL."""

from __future__ import annotations


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
