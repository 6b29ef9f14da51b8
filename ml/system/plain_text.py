"""Text that is only text: no escape codes, no formulas of a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Control, format (bidirectional overrides, zero widths), surrogates, private use, and
# the separators that end a line.
_CODES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def plain(text: str, *, keep_lines: bool = False) -> str:
    r"""Return a text in which nothing moves a terminal's cursor or colours.

    Parameters
    ----------
    text : str
        Any text: a name, a reason, a path.
    keep_lines : bool
        Whether line ends stay; otherwise they are spelt ``\n``.

    Returns
    -------
    str
        With every code spelt as in Python's source, such as ``\x1b``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        if (keep_lines and char == "\n") or unicodedata.category(char) not in _CODES
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def spreadsheet_text(text: str) -> str:
    """Return a text that a spreadsheet shows and does not compute.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        With an apostrophe before what would begin a formula; a number is as it was.
    """
    if text.lstrip(" \ufeff").startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def spreadsheet_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts, its columns' names too, begin no formula.

    Parameters
    ----------
    frame : DataFrame
        Any; it stays as it is.

    Returns
    -------
    DataFrame
        Numbers, moments and unknown values are the same.
    """
    import numpy as np
    import pandas as pd

    safe = frame.copy()
    for position, kind in enumerate(frame.dtypes):
        if isinstance(kind, pd.CategoricalDtype) or not (
            pd.api.types.is_numeric_dtype(kind)
            or pd.api.types.is_datetime64_any_dtype(kind)
        ):
            cells = [
                spreadsheet_text(cell) if isinstance(cell, str) else cell
                for cell in frame.iloc[:, position]
            ]
            safe.isetitem(position, np.array(cells, dtype=object))
    safe.columns = pd.Index([spreadsheet_text(str(name)) for name in frame.columns])
    return safe


def spreadsheet_csv(frame: pd.DataFrame, *, date_format: str | None = None) -> str:
    """Return a frame as CSV, its numbers with six decimals, its texts no formula.

    Parameters
    ----------
    frame : DataFrame
        Any.
    date_format : str, optional
        Of moments; by default as pandas writes them.

    Returns
    -------
    str
        A header, and a line for each row.
    """
    text: str = spreadsheet_frame(frame.round(6)).to_csv(
        index=False, lineterminator="\n", date_format=date_format
    )
    return text
