"""Injury reports: the league's PDF files read into rows of the contract.

The tables of all years are read the same way: the header names the columns and says
where they begin, ruled lines part the rows. Where a page has no lines, a text belongs
to the player whose line is nearest.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pandas as pd

from ml.errors import SourceError

REPORT_COLUMNS = (
    "report_at_et", "game_date", "game_time_et", "matchup", "team", "player", "status",
    "reason",
)  # fmt: skip
NOT_YET_SUBMITTED = "NOT YET SUBMITTED"
ENDPOINT = "injury report"

_STATUSES = ("Out", "Doubtful", "Questionable", "Probable", "Available")
_TITLE = re.compile(
    r"Injury Report: (\d{2}/\d{2}/\d{2}) (\d{1,2}:\d{2}) ?([AP]M)", re.IGNORECASE
)
_PAGE = re.compile(r"Page \d+ of \d+", re.IGNORECASE)
_FILE = re.compile(
    r"Injury-Report_(\d{4}-\d{2}-\d{2})_(\d{2})(?:_(\d{2}))?([AP]M)\.pdf"
)
# What a header says, and what the column is called here.
_HEADERS = {
    "game date": "date",
    "game time": "time",
    "matchup": "matchup",
    "team": "team",
    "player name": "player",
    "player": "player",
    "category": "category",
    "reason": "reason",
    "current status": "status",
    "status": "status",
    "previous status": "previous",
    "previous reason": "previous_reason",
}
_NEEDED = ("date", "matchup", "team", "player", "status", "reason")
_BLANK = frozenset({"", "-"})
# Words of one line differ by less; lines of one cell lie 7 to 14 points apart.
_SAME_LINE = 3.0
# Texts begin within this of where their header does.
_MARGIN = 6.0
_MOST_PAGES = 60
_MOST_BYTES = 32 << 20


@dataclass(frozen=True)
class _Word:
    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass
class _Row:
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def is_submitted(self) -> bool:
        said = f"{self.cells.get('status', '')} {self.cells.get('reason', '')}"
        return NOT_YET_SUBMITTED not in said.upper()

    @property
    def is_whole(self) -> bool:
        return bool(self.cells.get("player")) or not self.is_submitted


def report_moment(name: str) -> datetime | None:
    """Tell from a file's name of what moment its report is.

    Parameters
    ----------
    name : str
        ``Injury-Report_2024-01-04_12PM.pdf``, which is of 12:30, or
        ``Injury-Report_2026-01-04_12_15PM.pdf``.

    Returns
    -------
    datetime or None
        US/Eastern wall clock; None for another name.

    Examples
    --------
    >>> report_moment("Injury-Report_2024-01-04_12AM.pdf")
    datetime.datetime(2024, 1, 4, 0, 30)
    """
    found = _FILE.search(name)
    if found is None:
        return None
    day, hour, minute, half = found.groups()
    return datetime.strptime(f"{day} {hour}:{minute or 30} {half}", "%Y-%m-%d %I:%M %p")


def report_names(moment: datetime) -> list[str]:
    """Return what the file of a moment's report may be called.

    Parameters
    ----------
    moment : datetime
        US/Eastern wall clock.

    Returns
    -------
    list of str
        The name with minutes, and for half past the name without them.
    """
    day, hour, half = f"{moment:%Y-%m-%d}", f"{moment:%I}", f"{moment:%p}"
    names = [f"Injury-Report_{day}_{hour}_{moment:%M}{half}.pdf"]
    if moment.minute == 30:
        names.append(f"Injury-Report_{day}_{hour}{half}.pdf")
    return names


def parse_injury_report(body: bytes, endpoint: str = ENDPOINT) -> pd.DataFrame:
    """Read one report.

    Parameters
    ----------
    body : bytes
        Of the PDF file.
    endpoint : str
        What errors call it.

    Returns
    -------
    DataFrame
        `REPORT_COLUMNS`, in the order of the report. A team that has not submitted yet
        is a row without player and status.

    Raises
    ------
    SourceError
        If the body is no such PDF, or a row lacks what it must have.
    """
    pages = _read_pages(body, endpoint)
    moment = _moment(pages, endpoint)
    columns: dict[str, float] = {}
    rows: list[_Row] = []
    for page in pages:
        columns, found = _page_rows(page, columns, endpoint)
        _append(rows, found)
    if not columns:
        raise SourceError(f"{endpoint}: no header of a table found", _REMEDY)
    table = list(_filled(rows, moment, endpoint))
    return pd.DataFrame(table, columns=list(REPORT_COLUMNS))


_REMEDY = "keep the file; the form of the reports may have changed"


@dataclass(frozen=True)
class _Page:
    words: list[_Word]
    # Position, left and right end of every level line.
    rules: list[tuple[float, float, float]]


def _read_pages(body: bytes, endpoint: str) -> list[_Page]:
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    if not body.startswith(b"%PDF"):
        raise SourceError(
            f"{endpoint}: the body begins with {body[:40]!r}, wanted is a PDF file",
            "a missing report is answered with a page of text; ask again later",
        )
    if len(body) > _MOST_BYTES:
        raise SourceError(f"{endpoint}: the file has {len(body):,} bytes", _REMEDY)
    try:
        with pdfplumber.open(io.BytesIO(body)) as file:
            if len(file.pages) > _MOST_PAGES:
                raise SourceError(
                    f"{endpoint}: the file has {len(file.pages)} pages, more than "
                    f"{_MOST_PAGES}",
                    _REMEDY,
                )
            return [_read_page(page) for page in file.pages]
    except (PdfminerException, ValueError, KeyError, TypeError, EOFError) as error:
        # Half a file: the index at its end is missing.
        raise SourceError(
            f"{endpoint}: the PDF file cannot be read ({type(error).__name__})",
            "ask for it again",
        ) from error


def _read_page(page: Any) -> _Page:
    words = [
        _Word(word["text"], word["x0"], word["x1"], word["top"], word["bottom"])
        for word in page.extract_words(x_tolerance=1.5, use_text_flow=False)
    ]
    rules = [
        (line["top"], line["x0"], line["x1"])
        for line in page.lines
        if abs(line["top"] - line["bottom"]) < 1
    ]
    return _Page(words, rules)


def _lines(words: Sequence[_Word]) -> list[list[_Word]]:
    """Group words into lines of text, from top to bottom, left to right."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda each: each.middle):
        if lines and word.middle - lines[-1][0].middle < _SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda each: each.left) for line in lines]


def _text(words: Sequence[_Word]) -> str:
    lines = _lines(words)
    return " ".join(word.text for line in lines for word in line)


def _moment(pages: list[_Page], endpoint: str) -> datetime:
    for page in pages:
        for line in _lines(page.words):
            if found := _TITLE.search(_text(line)):
                day, clock, half = found.groups()
                return datetime.strptime(
                    f"{day} {clock} {half.upper()}", "%m/%d/%y %I:%M %p"
                )
    raise SourceError(f"{endpoint}: no title 'Injury Report: …' found", _REMEDY)


def _page_rows(
    page: _Page, columns: dict[str, float], endpoint: str
) -> tuple[dict[str, float], list[_Row]]:
    """Return the columns that hold from this page on, and its rows."""
    top = -1.0
    body: list[_Word] = []
    for line in _lines(page.words):
        text = _text(line)
        header = _header(line)
        if header:
            missing = [name for name in _NEEDED if name not in header]
            if missing:
                raise SourceError(
                    f"{endpoint}: the header {text!r} has no column for "
                    f"{', '.join(missing)}",
                    _REMEDY,
                )
            columns, top = header, max(word.bottom for word in line)
        elif _TITLE.search(text):
            top = max(word.bottom for word in line)
        elif not _PAGE.search(text):
            body += line
    body = [word for word in body if word.top >= top]
    if not body:
        return columns, []
    if not columns:
        raise SourceError(f"{endpoint}: text before any header of a table", _REMEDY)
    by_column: dict[str, list[_Word]] = {name: [] for name in columns}
    names = sorted(columns, key=lambda name: columns[name])
    starts = [columns[name] - _MARGIN for name in names]
    for word in body:
        place = bisect_right(starts, word.left) - 1
        by_column[names[max(place, 0)]].append(word)
    bounds = _bounds(page, by_column, columns, top)
    rows = [_Row() for _ in range(len(bounds) + 1)]
    for name, words in by_column.items():
        cells: list[list[_Word]] = [[] for _ in rows]
        for word in words:
            cells[bisect_right(bounds, word.middle)].append(word)
        for row, its in zip(rows, cells, strict=True):
            if its:
                row.cells[name] = _text(its)
    return columns, [row for row in rows if row.cells]


def _header(line: list[_Word]) -> dict[str, float]:
    """Return where the columns begin, if the line is a header."""
    found: dict[str, float] = {}
    place = 0
    while place < len(line):
        for size in (2, 1):
            text = " ".join(word.text for word in line[place : place + size]).lower()
            if text in _HEADERS:
                found.setdefault(_HEADERS[text], line[place].left)
                place += size
                break
        else:
            return {}
    return found if len(found) > 2 else {}


def _bounds(
    page: _Page,
    by_column: dict[str, list[_Word]],
    columns: dict[str, float],
    top: float,
) -> list[float]:
    """Return the heights that part one row from the next."""
    at = columns["player"] + 1
    ruled = sorted({rule for rule, left, right in page.rules if left <= at <= right})
    ruled = [rule for rule in ruled if rule > top]
    lines = _lines([*by_column["player"], *by_column["status"]])
    if ruled and len(ruled) >= len(lines) / 2:
        return ruled
    submitted = [
        line
        for line in _lines(by_column["reason"])
        if NOT_YET_SUBMITTED in _text(line).upper()
    ]
    anchors = sorted(line[0].middle for line in [*lines, *submitted])
    return [(one + other) / 2 for one, other in pairwise(anchors)]


def _append(rows: list[_Row], found: list[_Row]) -> None:
    """Add a page's rows; a row that the page's end cut in two becomes one again."""
    if rows and found:
        last, first = rows[-1], found[0]
        is_rest = set(first.cells) <= {"reason", "category", "team"}
        if last.is_whole != first.is_whole and (is_rest or first.is_whole):
            _join(last, first)
            found = found[1:]
    rows += found


def _join(row: _Row, rest: _Row) -> None:
    for name, text in rest.cells.items():
        row.cells[name] = f"{row.cells[name]} {text}" if name in row.cells else text


def _filled(
    rows: list[_Row], moment: datetime, endpoint: str
) -> Iterator[tuple[object, ...]]:
    """Give every row what stands only in the first of its day, hour, game or team."""
    day: date | None = None
    clock: str | None = None
    matchup = team = ""
    for number, row in enumerate(rows, start=1):
        cells = row.cells
        if "date" in cells:
            day = _day(cells["date"], endpoint, number)
        if "time" in cells:
            clock = cells["time"].replace("(ET)", "").strip()
        if "matchup" in cells:
            matchup = cells["matchup"].replace(" ", "")
        team = cells.get("team", team)
        if day is None or not matchup or not team:
            raise SourceError(
                f"{endpoint}: row {number} has no game before it: {cells}", _REMEDY
            )
        player = status = None
        reason: str | None = NOT_YET_SUBMITTED
        if row.is_submitted:
            player = _player(cells.get("player", ""))
            if player is None:
                raise SourceError(
                    f"{endpoint}: row {number} names no player: {cells}", _REMEDY
                )
            status = cells.get("status", "").strip()
            if status not in _STATUSES:
                raise SourceError(
                    f"{endpoint}: row {number}, {player}: status {status!r}, wanted is "
                    f"one of {', '.join(_STATUSES)}",
                    _REMEDY,
                )
            reason = _reason(cells)
        yield moment, day, clock, matchup, team, player, status, reason


def _day(text: str, endpoint: str, number: int) -> date:
    try:
        return datetime.strptime(text.strip(), "%m/%d/%Y").date()
    except ValueError as error:
        raise SourceError(
            f"{endpoint}: row {number}: game date {text!r}, wanted is 01/04/2024",
            _REMEDY,
        ) from error


def _player(text: str) -> str | None:
    """Write a name as ``Last, First``."""
    name = re.sub(r"\s*,\s*", ", ", text.strip())
    return None if name in _BLANK else name


def _reason(cells: dict[str, str]) -> str | None:
    """Join category and reason; who is available has a dash."""
    parts = [cells.get(name, "").strip() for name in ("category", "reason")]
    told = " - ".join(part for part in parts if part not in _BLANK)
    return told or ("-" if "-" in parts else None)
