"""Imports go one way: no file imports from a file above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "ml"
# From the ground up; what stands on one line does not depend on what comes later.
LAYERS = (
    ("arrays", "errors"),
    ("quality", "settings", "system"),
    ("storage",),
    ("console", "options"),
    ("ingest",),
    ("features", "ratings", "sources"),
    ("metrics", "boxscore"),
    ("models", "pricing"),
    ("registry",),
    ("backtest", "report"),
    ("monitor",),
    ("predict",),
    ("pipeline",),
    ("jobs",),
    ("cli",),
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "ml":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ml."):
            yield str(node.module).split(".")[1]


def test_every_module_has_its_layer() -> None:
    modules = {
        path.stem if path.is_file() else path.name
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert modules - {"__init__"} == HEIGHT.keys()


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem
)
def test_no_file_imports_from_above(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    above = [name for name in imports(path) if HEIGHT[name] > HEIGHT[own]]
    assert above == []
