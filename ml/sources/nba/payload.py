"""Bodies of the endpoints: read as JSON, and every field asked for by name.

A field that is absent or of another type than expected means that the endpoint has
changed; the error names endpoint, field and value found, and nothing is guessed.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from ml.errors import SourceError
from ml.ingest.contract import season_of_year

_REMEDY = (
    "the endpoint may have changed or have answered something else; keep the body and "
    "take the fallback endpoint until this reader knows the new form"
)
_MOST_BYTES = 256 << 20
_SHOWN = 80
_MOST_DIGITS = 15
GAME_ID = re.compile("[0-9]{10}")
_ABSENT = object()


def read_json(body: bytes, endpoint: str) -> Node:
    """Read the body of an answer.

    Parameters
    ----------
    body : bytes
        As it came, or gzipped.
    endpoint : str
        What errors call it.

    Returns
    -------
    Node
        The root, an object.

    Raises
    ------
    SourceError
        If the body is no JSON object: a page of HTML, half a body, nothing.
    """
    try:
        if body[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                body = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _error(endpoint, "(whole body)", "gzip that is damaged") from error
    if len(body) > _MOST_BYTES:
        raise _error(endpoint, "(whole body)", f"more than {_MOST_BYTES:,} bytes")
    if not body.strip():
        raise _error(endpoint, "(whole body)", "nothing: the body is empty")
    try:
        # NaN and Infinity are no JSON; where a number is wanted, null is named.
        found = json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        begins = body[:_SHOWN].decode("utf-8", "replace")
        raise _error(endpoint, "(whole body)", f"no JSON: {begins!r}") from error
    if not isinstance(found, dict):
        raise _error(endpoint, "(whole body)", found)
    return Node(found, endpoint)


def schema_error(endpoint: str, path: str, found: object, wanted: str) -> SourceError:
    """Make the error of a field that is not what it was.

    Parameters
    ----------
    endpoint, path : str
        Where.
    found : object
        The value found.
    wanted : str
        What a field of that name holds.

    Returns
    -------
    SourceError
    """
    return _error(endpoint, path, found, wanted)


def _error(
    endpoint: str, path: str, found: object, wanted: str = "a JSON object"
) -> SourceError:
    shown = found if isinstance(found, str) else repr(found)
    if len(shown) > 2 * _SHOWN:
        shown = shown[: 2 * _SHOWN] + "…"
    return SourceError(f"{endpoint}: {path} is {shown}, wanted is {wanted}", _REMEDY)


@dataclass(frozen=True)
class Node:
    """A JSON object of an answer that knows where it lies.

    Attributes
    ----------
    value : dict
        The object.
    endpoint : str
        The endpoint that answered.
    path : str
        Where the object lies in the body.
    """

    value: dict[str, Any] = field(repr=False)
    endpoint: str
    path: str = ""

    def has(self, name: str) -> bool:
        """Say whether there is such a field with a value in it."""
        return self.value.get(name) is not None

    def at(self, name: str) -> Node:
        """Return the object in a field."""
        found = self._get(name)
        if not isinstance(found, dict):
            raise self.error(name, found, "an object")
        return Node(found, self.endpoint, self._path(name))

    def each(self, name: str) -> Iterator[Node]:
        """Yield the objects of the list in a field."""
        found = self._get(name)
        if not isinstance(found, list):
            raise self.error(name, found, "a list")
        for place, item in enumerate(found):
            path = f"{self._path(name)}[{place}]"
            if not isinstance(item, dict):
                raise _error(self.endpoint, path, item, "an object")
            yield Node(item, self.endpoint, path)

    def text(self, name: str) -> str:
        """Return the text in a field, without blanks around it."""
        found = self._get(name)
        if not isinstance(found, str):
            raise self.error(name, found, "a text")
        return found.strip()

    def text_or_none(self, name: str) -> str | None:
        """Return the text in a field; None where it is absent, null or empty."""
        return (self.text(name) or None) if self.has(name) else None

    def integer(self, name: str) -> int:
        """Return the whole number in a field, which may be written as a text."""
        found = self._get(name)
        number = whole_number(found)
        if number is None:
            raise self.error(name, found, "a whole number")
        return number

    def integer_or_none(self, name: str) -> int | None:
        """Return the whole number in a field; None where it is absent or empty."""
        if self.value.get(name) in (None, ""):
            return None
        return self.integer(name)

    def flag(self, name: str) -> bool:
        """Return the truth in a field: true, 1, "1" or "true"."""
        found = self._get(name)
        known = _FLAGS.get(str(found).strip().lower())
        if known is None or isinstance(found, float):
            raise self.error(name, found, "true or false (or 1 or 0)")
        return known

    def game_id(self, name: str) -> str:
        """Return the game id in a field: ten digits."""
        found = self.text(name)
        if not GAME_ID.fullmatch(found):
            raise self.error(name, found, "a game id of ten digits")
        return found

    def minutes_seconds(self, name: str) -> float:
        """Return the length of time in a field (seconds)."""
        found = self._get(name)
        seconds = duration_seconds(found)
        if seconds is None:
            wanted = "minutes (PT31M05.00S, 31:05 or 31)"
            raise self.error(name, found, wanted)
        return seconds

    def wall_clock(self, name: str) -> datetime:
        """Return the moment in a field by the clock that is written there.

        Whatever zone is written is taken off: `gameEt` and `gameDateTimeEst` are
        Eastern time with a `Z` that is false.
        """
        found = self.text(name)
        try:
            return datetime.fromisoformat(found).replace(tzinfo=None)
        except ValueError as error:
            raise self.error(name, found, "a moment (2026-01-08T19:00:00Z)") from error

    def error(self, name: str, found: object, wanted: str) -> SourceError:
        """Make the error of a field of this object."""
        shown = "absent" if found is _ABSENT else found
        return _error(self.endpoint, self._path(name), shown, wanted)

    def _get(self, name: str) -> Any:
        return self.value.get(name, _ABSENT)

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


_FLAGS = {"1": True, "true": True, "0": False, "false": False}


def result_set(root: Node, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return one result set of a stats endpoint.

    Parameters
    ----------
    root : Node
        The body.
    name : str
        Of the result set.
    columns : sequence of str
        Which it must have.

    Returns
    -------
    DataFrame
        Those columns, of the Python values found; empty where there are no rows.

    Raises
    ------
    SourceError
        If the result set or a column is not there, or a row has another length.
    """
    sets = list(root.each("resultSets"))
    for each in sets:
        if each.value.get("name") != name:
            continue
        headers, rows = each.value.get("headers"), each.value.get("rowSet")
        if not isinstance(headers, list) or not isinstance(rows, list):
            wanted = "a list of headers and a list of rows"
            raise each.error("headers, rowSet", (headers, rows), wanted)
        missing = [column for column in columns if column not in headers]
        if missing:
            wanted = f"headers with {', '.join(missing)}"
            raise each.error("headers", headers, wanted)
        for place, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(headers):
                wanted = f"a row of {len(headers)} values"
                raise each.error(f"rowSet[{place}]", row, wanted)
        places = {column: headers.index(column) for column in columns}
        return pd.DataFrame(
            {
                column: pd.Series([row[place] for row in rows], dtype=object)
                for column, place in places.items()
            }
        )
    found = [each.value.get("name") for each in sets]
    raise root.error("resultSets", found, f"a result set {name!r}")


def whole_numbers(
    values: pd.Series[Any], *, endpoint: str, nullable: bool = False
) -> pd.Series[Any]:
    """Type a column of a result set as whole numbers.

    Parameters
    ----------
    values : Series
        Python values; its name is the column's.
    endpoint : str
        What errors call it.
    nullable : bool
        Whether null and the empty text may be there.

    Returns
    -------
    Series
        Of Int64.

    Raises
    ------
    SourceError
        If a value is no whole number.
    """
    numbers: list[int | None] = []
    for place, value in enumerate(values):
        number = whole_number(value)
        if number is None and not (nullable and value in (None, "")):
            path = f"{values.name} of row {place}"
            raise _error(endpoint, path, value, "a whole number")
        numbers.append(number)
    return pd.Series(numbers, index=values.index, name=values.name, dtype="Int64")


def whole_number(value: object) -> int | None:
    """Return a whole number that may come as 3, 3.0, "3" or "0022500775".

    Parameters
    ----------
    value : object

    Returns
    -------
    int or None
        None for everything else, true and false too, and numbers of more than 15
        digits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        is_whole = abs(value) < 10**_MOST_DIGITS and value == int(value)
        return int(value) if is_whole else None
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,15}(\.0+)?\s*", value):
        return int(float(value))
    return None


_DURATIONS = (
    re.compile(r"PT(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9}(?:\.\d+)?)S)?"),
    re.compile(r"(?P<m>\d{1,9}):(?P<s>\d{1,2}(?:\.\d+)?)"),
    re.compile(r"(?P<m>\d{1,9})\.0+:(?P<s>\d{1,2})"),
    re.compile(r"(?P<m>\d{1,9}(?:\.\d+)?)(?P<s>)"),
)


def duration_seconds(value: object) -> float | None:
    """Read a length of time in any of the forms that the endpoints write.

    Parameters
    ----------
    value : object
        ``PT31M05.00S``, ``31:05``, ``31.000000:05``, ``31`` or 31 (minutes); null and
        the empty text mean no time at all.

    Returns
    -------
    float or None
        Seconds; None for what is no length of time.

    Examples
    --------
    >>> duration_seconds("PT31M05.00S"), duration_seconds("30:49"), duration_seconds(7)
    (1865.0, 1849.0, 420.0)
    """
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return 60.0 * value if 0 <= value < 1e9 else None
    if not isinstance(value, str) or value == "PT":
        return None
    for form in _DURATIONS:
        if found := form.fullmatch(value.strip()):
            return 60 * float(found["m"] or 0) + float(found["s"] or 0)
    return None


def official_minutes(seconds: float) -> int:
    """Round a playing time as the official box scores do: to the nearest minute.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    int
        Minutes; half a minute goes up.
    """
    return math.floor(seconds / 60 + 0.5)


def season_of_game(game_id: str) -> str:
    """Name the season that a game id of the league tells.

    Examples
    --------
    >>> season_of_game("0022500775")
    '2025-26'
    """
    short = int(game_id[3:5])
    return season_of_year(1900 + short if short >= 46 else 2000 + short)


def days(values: pd.Series[Any], *, endpoint: str) -> pd.Series[Any]:
    """Type a column of a result set as days.

    Parameters
    ----------
    values : Series
        Texts that begin with a day (2025-10-21, 2025-10-21T00:00:00).
    endpoint : str
        What errors call it.

    Returns
    -------
    Series
        Of `datetime.date`.

    Raises
    ------
    SourceError
        If a value is no day.
    """
    result = []
    for place, value in enumerate(values):
        try:
            result.append(date.fromisoformat(str(value)[:10]))
        except ValueError as error:
            path = f"{values.name} of row {place}"
            raise _error(endpoint, path, value, "a day (2025-10-21)") from error
    return pd.Series(result, index=values.index, name=values.name, dtype=object)
