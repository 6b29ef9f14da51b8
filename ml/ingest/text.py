"""Text as the bytes of a source spell it.

SQLite says that text is UTF-8 and does not check it. A program that writes another
encoding leaves bytes that are none: nearly always Windows-1252, of which Latin-1 is a
part.
"""

from __future__ import annotations

_INT64_BYTES = 8


class Recoded(str):
    """Text whose bytes were not UTF-8, read as Windows-1252."""

    __slots__ = ()


def decode_text(value: bytes) -> str:
    """Decode the bytes of a text.

    Parameters
    ----------
    value : bytes
        As they lie in the file.

    Returns
    -------
    str
        A `Recoded` where they are not UTF-8.

    Examples
    --------
    >>> decode_text("Schröder".encode("latin-1"))
    'Schröder'
    """
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return Recoded(value.decode("cp1252"))
    except UnicodeDecodeError:
        return Recoded(value.decode("latin-1"))


def decode_blob(value: bytes, *, is_number: bool) -> str:
    """Read a blob in a column of the contract, which has none.

    Parameters
    ----------
    value : bytes
        The blob.
    is_number : bool
        Whether the column is a whole number. SQLite stores a 64-bit integer of NumPy
        as a blob of its eight bytes.

    Returns
    -------
    str
        A `Recoded`, so that it is counted.
    """
    if is_number and len(value) == _INT64_BYTES:
        return Recoded(int.from_bytes(value, "little", signed=True))
    return Recoded(decode_text(value))
