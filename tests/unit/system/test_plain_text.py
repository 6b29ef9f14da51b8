"""Names, reasons and paths are text: on the terminal, and in a spreadsheet."""

import io
import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

import ml
from ml.console import Terminal
from ml.report.exports import write_table
from ml.system.plain_text import plain, spreadsheet_frame, spreadsheet_text

HOSTILE = [
    "[/red]bad",
    "[bold]x[/bold]",
    "[link=http://evil]x[/link]",
    ":smile:",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\u202eb\u2066c",
    "bell\x07 back\x08 null\x00",
    "one\rtwo",
]


def printed(terminal: Terminal, act: str, text: str) -> str:
    file = io.StringIO()
    terminal.file = file
    if act == "table":
        table = Table("name", text, title=text)
        table.add_row(text, "1")
        terminal.print(table)
    else:
        getattr(terminal, act)(text)
    return file.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "act", ["print", "done", "failed", "warning", "error", "table"]
)
def test_the_terminal_shows_text_as_text(act: str, text: str) -> None:
    told = printed(Terminal(), act, text)
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told
    )
    if text.isprintable():
        assert text in told.replace("\n", "")


def test_a_line_of_its_own_cannot_be_forged() -> None:
    terminal = Terminal()
    for act in ("done", "failed"):
        assert printed(terminal, act, "a\n✓ b").count("\n") == 1
    assert "\nerror" not in printed(terminal, "error", "a\nerror: b")


@given(st.text())
def test_no_code_survives(text: str) -> None:
    told = plain(text)
    assert not {unicodedata.category(char) for char in told} & {"Cc", "Cf", "Zl", "Zp"}
    assert plain(told) == told


def test_markup_stands_in_one_file_only() -> None:
    """A tag in a text that holds somebody's name is read as one in the name, too."""
    folder = Path(ml.__file__).parent
    tags = re.compile(r"\[/\]|\[/?(?:red|green|yellow|bold|dim)\]")
    assert [
        str(path)
        for path in folder.rglob("*.py")
        if tags.search(path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0",
     " =1+1", "＝1+1", "-", "-x"],
)  # fmt: skip
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+5", "-0.25", "-1e-05", "LeBron", "a=b", ""])
def test_numbers_and_names_stay(text: str) -> None:
    assert spreadsheet_text(text) == text


def test_a_table_is_written_without_formulas_and_with_its_numbers(
    tmp_path: Path,
) -> None:
    frame = pd.DataFrame(
        {
            "player": ["=1+1", None, "Doe"],
            "kind": pd.Categorical(["@x", "b", "b"]),
            "text": pd.array(["+x", "y", None], dtype="string"),
            "diff": [-1.5, 2.0, None],
            "at": pd.to_datetime(["2024-01-15"] * 3, utc=True),
        }
    )
    csv, json = write_table(frame, tmp_path, "t", dict.fromkeys(frame, "-= a column"))
    lines = csv.read_text("utf-8").splitlines()
    assert lines[1] == "'=1+1,'@x,'+x,-1.5,2024-01-15T00:00:00Z"
    assert lines[2].startswith(",b,y,2.0")
    assert '"=1+1"' in json.read_text("utf-8")
    assert "'-= a column" in (tmp_path / "columns.csv").read_text("utf-8")
    write_table(frame, tmp_path, "t", dict.fromkeys(frame, "-= a column"))
    assert "''-=" not in (tmp_path / "columns.csv").read_text("utf-8")
    assert frame["player"][0] == "=1+1"


def test_a_frame_without_texts_is_the_same() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": [0.1, None]})
    pd.testing.assert_frame_equal(spreadsheet_frame(frame), frame)
