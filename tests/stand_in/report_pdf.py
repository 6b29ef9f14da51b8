"""Injury reports drawn as PDF files, in the layouts that the league has used."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LINE = 14.0
PAGE_WIDTH, PAGE_HEIGHT = 842.0, 595.0


@dataclass(frozen=True)
class Layout:
    """How a report looks.

    Attributes
    ----------
    columns : tuple of (str, float)
        What the header says, and where the column begins.
    has_rules : bool
        Whether lines part the rows.
    header_on_every_page : bool
        Or only on the first.
    wrap : int
        How many characters of a reason fit in a line.
    """

    columns: tuple[tuple[str, float], ...]
    has_rules: bool = True
    header_on_every_page: bool = False
    wrap: int = 28


LEGACY = Layout(
    (
        *(("Game Date", 20), ("Game Time", 73), ("Matchup", 125), ("Team", 178)),
        *(("Player Name", 268), ("Category", 381), ("Reason", 494)),
        *(("Current Status", 606), ("Previous Status", 719)),
    ),
    header_on_every_page=True,
    wrap=26,
)
_SEVEN = ("Game Date", "Game Time", "Matchup", "Team", "Player Name")
STANDARD = Layout(
    (
        *zip(_SEVEN, (20, 94, 169, 243, 370), strict=True),
        *(("Current Status", 498), ("Reason", 604)),
    ),
    header_on_every_page=True,
)
COMPACT = Layout(
    (
        *zip(_SEVEN, (23, 120, 200, 264, 425), strict=True),
        *(("Current Status", 586), ("Reason", 666)),
    ),
)
PLAIN = Layout(COMPACT.columns, has_rules=False)
STATUS_LAST = Layout(
    (
        *zip(_SEVEN, (20, 94, 169, 243, 370), strict=True),
        *(("Reason", 498), ("Status", 700)),
    ),
)
LAYOUTS = {
    "legacy": LEGACY,
    "standard": STANDARD,
    "compact": COMPACT,
    "without lines": PLAIN,
    "status last": STATUS_LAST,
}


def draw_report(
    moment: datetime,
    rows: Sequence[dict[str, Any]],
    layout: Layout = COMPACT,
    *,
    bottom: float = 520.0,
) -> bytes:
    """Draw a report.

    Parameters
    ----------
    moment : datetime
        Of publication.
    rows : sequence of dict
        Rows of ``injury_reports``, in the order of the report.
    layout : Layout
        How it looks.
    bottom : float
        Where a page ends; a row that does not fit is cut in two.

    Returns
    -------
    bytes
        A PDF file.
    """
    return _Drawing(moment, layout, bottom).draw(rows)


class _Drawing:
    def __init__(self, moment: datetime, layout: Layout, bottom: float) -> None:
        self.moment, self.layout, self.bottom = moment, layout, bottom
        self.pages: list[list[str]] = []
        self.top = 0.0

    def draw(self, rows: Sequence[dict[str, Any]]) -> bytes:
        self._page()
        before: dict[str, Any] = {}
        for row in rows:
            self._row(row, before)
            before = row
        for number, page in enumerate(self.pages, start=1):
            text = f"Page {number} of {len(self.pages)}"
            page.append(_text(399, PAGE_HEIGHT - 40, text))
        return _file(["\n".join(page) for page in self.pages])

    def _page(self) -> None:
        self.pages.append([])
        title = f"Injury Report: {self.moment:%m/%d/%y %I:%M %p}"
        self._write(289, 46, title)
        self.top = 80.0
        if len(self.pages) == 1 or self.layout.header_on_every_page:
            for name, left in self.layout.columns:
                self._write(left, self.top + 7, name)
            self.top += 22

    def _row(self, row: dict[str, Any], before: dict[str, Any]) -> None:
        cells = self._cells(row, before)
        whole = {"break_long_words": False, "break_on_hyphens": False}
        text = cells.pop("Reason", "")
        reason = textwrap.wrap(text, self.layout.wrap, **whole) or [""]
        # Without lines only the distance tells to whom a text belongs.
        fits = int((self.bottom - self.top - 8) // LINE)
        if fits < 1 or (fits < len(reason) and not self.layout.has_rules):
            self._page()
            fits = len(reason)
        first, rest = reason[:fits], reason[fits:]
        height = max(len(first), 1) * LINE + 8
        for name, text in cells.items():
            self._cell(name, [text], height)
        self._cell("Reason", first, height)
        self._end(height)
        if rest:
            self._page()
            height = len(rest) * LINE + 8
            self._cell("Reason", rest, height)
            self._end(height)

    def _cells(self, row: dict[str, Any], before: dict[str, Any]) -> dict[str, str]:
        cells: dict[str, str] = {}
        is_new = not before
        for name, key, text in (
            ("Game Date", "game_date", f"{row['game_date']:%m/%d/%Y}"),
            ("Game Time", "game_time_et", f"{row['game_time_et']} (ET)"),
            ("Matchup", "matchup", row["matchup"]),
            ("Team", "team", row["team"]),
        ):
            is_new = is_new or row[key] != before.get(key)
            if is_new:
                cells[name] = text
        names = [name for name, _ in self.layout.columns]
        status = "Status" if "Status" in names else "Current Status"
        if row["player"] is None:
            cells["Reason"] = "NOT YET SUBMITTED"
            return cells
        cells |= {"Player Name": row["player"], status: row["status"]}
        reason = row["reason"] or "-"
        if "Category" in names:
            category, _, reason = reason.partition(" - ")
            cells |= {"Category": category, "Previous Status": "-"}
        cells["Reason"] = reason or "-"
        return cells

    def _cell(self, name: str, lines: list[str], height: float) -> None:
        left = dict(self.layout.columns)[name]
        first = self.top + height / 2 - (len(lines) - 1) * LINE / 2
        for number, text in enumerate(lines):
            self._write(left, first + number * LINE, text)

    def _end(self, height: float) -> None:
        self.top += height
        if self.layout.has_rules:
            level = PAGE_HEIGHT - self.top
            left = dict(self.layout.columns)["Player Name"] - 4
            self.pages[-1].append(f"{left} {level} m {PAGE_WIDTH - 20} {level} l S")

    def _write(self, left: float, middle: float, text: str) -> None:
        self.pages[-1].append(_text(left, PAGE_HEIGHT - middle - 3, text))


def _text(left: float, base: float, text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 8 Tf {left} {base} Td ({escaped}) Tj ET"


def _file(pages: list[str]) -> bytes:
    # Written so that an apostrophe stays one.
    kind = "/Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding"
    font = f"<< /Type /Font {kind} >>"
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        font,
    ]
    box = f"[0 0 {PAGE_WIDTH} {PAGE_HEIGHT}]"
    for number, page in enumerate(pages):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Contents {5 + 2 * number} "
            "0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(page.encode('latin-1'))} >>\nstream\n{page}\nendstream",
        ]
    body = b"%PDF-1.4\n"
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return body + (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode("latin-1")
