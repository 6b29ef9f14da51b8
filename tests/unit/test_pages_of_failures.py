"""Each row of the pages on what can fail names a test, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("failures.md", "untrusted.md")
# `test_file.py`, or `test_file.py`: `part of a test's name`, `another one`.
_NAMED = re.compile(
    r"`(test_\w+\.py)`(?::((?:,? ?`(?!test_\w+\.py|benchmarks)\w+`)+))?"
)


def rows() -> list[tuple[str, str, str]]:
    found = []
    for page in PAGES:
        column = None
        for line in (ROOT / "docs" / page).read_text("utf-8").splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not cells:
                column = None
            elif "test" in cells:
                column = cells.index("test")
            elif column is not None and set(cells[0]) != {"-"}:
                found.append((page, cells[0], cells[column]))
    return found


def named_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_there_are_rows() -> None:
    assert {page for page, _, _ in rows()} == set(PAGES)
    assert len(rows()) > 40


@pytest.mark.parametrize(("page", "what", "named"), rows())
def test_the_test_of_a_row_is_there(page: str, what: str, named: str) -> None:
    files = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    found = _NAMED.findall(named)
    assert found, f"{page}: '{what}' names no test: {named!r}"
    for name, words in found:
        tests = named_tests(files[name])
        for word in re.findall(r"`(\w+)`", words):
            assert any(word in test for test in tests), f"{name} has no test {word!r}"
    for script in re.findall(r"`(benchmarks/\w+\.py)`", named):
        assert (ROOT / script).exists()
