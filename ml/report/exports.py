"""Tables for people and other programs: each as CSV and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ml.storage.files import replacing
from ml.system.plain_text import spreadsheet_frame

DICTIONARY = "columns.csv"


def write_table(
    frame: pd.DataFrame, folder: Path, name: str, descriptions: Mapping[str, str]
) -> tuple[Path, Path]:
    """Write a table as ``name.csv`` and ``name.json`` and describe its columns.

    Timestamps are written in UTC as ISO 8601, floats with six decimals, unknown
    values as an empty field (CSV) or ``null`` (JSON, a list of records). In the CSV an
    apostrophe stands before a text that a spreadsheet would compute.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, already in order.
    folder : Path
        Where the files go; it also holds ``columns.csv``, the data dictionary.
    name : str
        The files' name without ending.
    descriptions : Mapping of str to str
        What each column means, with its unit.

    Returns
    -------
    tuple of Path
        The CSV file and the JSON file.

    Raises
    ------
    KeyError
        If a column has no description.
    """
    plain = frame.round(6)
    for column, kind in frame.dtypes.items():
        if isinstance(kind, pd.DatetimeTZDtype):
            utc = frame[column].dt.tz_convert("UTC")
            plain[column] = utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    names = [str(column) for column in plain]
    _describe(folder, name, {column: descriptions[column] for column in names})
    csv, json = folder / f"{name}.csv", folder / f"{name}.json"
    with replacing(csv) as temporary:
        spreadsheet_frame(plain).to_csv(temporary, index=False, lineterminator="\n")
    with replacing(json) as temporary:
        plain.to_json(
            temporary,
            orient="records",
            date_format="iso",
            double_precision=6,
            indent=1,
            force_ascii=False,
        )
    return csv, json


def _describe(folder: Path, name: str, columns: Mapping[str, str]) -> None:
    """Put a table's columns into the folder's data dictionary."""
    path = folder / DICTIONARY
    rows = pd.DataFrame(
        {"table": name, "column": list(columns), "description": list(columns.values())}
    )
    if path.exists():
        known = pd.read_csv(path)
        rows = pd.concat([known[known["table"] != name], rows])
    with replacing(path) as temporary:
        ordered = spreadsheet_frame(rows.sort_values("table", kind="stable"))
        ordered.to_csv(temporary, index=False, lineterminator="\n")
