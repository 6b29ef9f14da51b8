"""What is fuzzed: an input of any shape is answered, or refused with our own error.

Each target is a hypothesis test without a name of a test; `tests/unit/test_fuzz.py`
runs them shortly, `benchmarks/fuzz.py` for as long as one likes.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_league import build_small_league

from ml.boxscore.query import evaluate
from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX, COMBINATIONS
from ml.errors import TipoffError
from ml.ingest.mapping import load_mapping
from ml.models.tree_text import check_shape
from ml.models.trees import fit_trees
from ml.pricing.player_line import price
from ml.registry import TEAM, model_folders, named_folder, read_aliases, validate_model
from ml.settings import Settings

SOURCE_SECONDS = 240


@cache
def sample() -> BoxSample:
    rng = np.random.default_rng(0)
    box = {name: rng.integers(0, 40, (30, 4)).astype(np.int16) for name in BOX}
    ids = np.arange(4)
    return BoxSample("1", ids // 2, ids, rng.integers(80, 130, (30, 2)), ids[:1], box)


names = st.sampled_from((*BOX, *COMBINATIONS, "double_double", "nobody", "True", "²"))
numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=True).map(str),
    st.sampled_from(("1e400", "0x7f", "1_000", "1j", "9" * 300, ".5", "5.")),
)


def _numeric(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from("+-*"), inner).map(" ".join) | inner.map(
        "-({})".format
    )


ODD = "/ ** // % @ is in | & << := == != if and or [ ( , . ;"
counts = st.recursive(
    st.sampled_from((*BOX, *COMBINATIONS)) | st.integers(0, 99).map(str),
    _numeric,
    max_leaves=12,
)
wholes = st.recursive(
    st.tuples(counts, st.sampled_from((">", ">=", "<", "<=", "==", "!=")), counts).map(
        " ".join
    )
    | st.sampled_from(("double_double", "triple_double")),
    lambda inner: (
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(" ".join)
        | inner.map("not ({})".format)
    ),
    max_leaves=8,
)
right = counts | wholes
# Right ones, and such with one thing out of place.
expressions = st.one_of(
    right,
    right,
    st.tuples(right, st.sampled_from(ODD.split()), right | names | numbers).map(
        " ".join
    ),
    st.tuples(right, st.sampled_from("+-*><"), names | numbers).map(" ".join),
    st.tuples(right, st.integers(0, 60), st.characters()).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    ),
    st.tuples(st.sampled_from("(-~[{*"), st.integers(1, 600), right).map(
        lambda parts: parts[0] * parts[1] + parts[2]
    ),
    st.text(max_size=600),
)


EXPRESSION = (
    expressions,
    st.none() | st.floats(),
)


def expression(text: str, line: float | None) -> None:
    with contextlib.suppress(TipoffError):
        values = evaluate(sample(), text)
        assert values.shape == (30, 4)
        answer = price(values[:, 0], text, line)
        json.dumps(answer, allow_nan=False)


yaml_texts = st.recursive(
    st.text(max_size=20)
    | st.sampled_from(
        ("tables", "columns", "games", "home_pts", "&a x", "*a", "!!set {a}", "~",
         "- b", "? k", "| t", ">-", "2024-13-45", ".nan", "0o9", "<<: *a", "%YAML 9",
         "---",         "!!python/name:os.system", "\t", "'", '"')
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(": ".join),
        st.lists(inner, max_size=4).map(lambda parts: f"[{', '.join(parts)}]"),
        st.lists(inner, max_size=4).map(lambda parts: f"{{{', '.join(parts)}}}"),
        st.lists(inner, max_size=4).map("\n".join),
        inner.map(lambda text: text.replace("\n", "\n  ")),
        inner.map(lambda text: f"tables:\n  games: {text}"),
        inner.map(lambda text: f"columns:\n  games:\n    home_pts: {text}"),
    ),
    max_leaves=25,
)  # fmt: skip


MAPPING = (
    yaml_texts.map(lambda text: text.encode("utf-8", "ignore"))
    | st.binary(max_size=200),
)


def mapping(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yml"
        path.write_bytes(content)
        with contextlib.suppress(TipoffError):
            load_mapping(path)


@cache
def trees() -> str:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    return fit_trees(X, X[:, 0], random_state=0).text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(("format", "kinds", "champion", "challenger", "history", TEAM,
                         "texts", "model", "digest", "card", "margin")),
        inner,
        max_size=5,
    ),
    max_leaves=15,
)  # fmt: skip
file_names = st.one_of(
    st.sampled_from(("aliases.json", "team_matchup_backup", ".x", "player_game_")),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
            min_size=1, max_size=60),
    st.dates().map(lambda day: f"team_matchup_{day}_0123456789ab"),
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 250)  # fmt: skip


REGISTRY = (
    st.dictionaries(file_names, json_values.map(json.dumps) | st.text(), max_size=4),
    st.booleans(),
    st.lists(
        st.tuples(st.integers(0, 10**6), st.characters(codec="ascii")), max_size=4
    ),
)


def registry(
    files: dict[str, str], as_folders: bool, edits: list[tuple[int, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), project_dir=Path(folder))
        settings.registry_dir.mkdir()
        for name, text in files.items():
            path = settings.registry_dir / name
            if as_folders and name != "aliases.json":
                path.mkdir()
                path = path / "model.json"
            path.write_text(text, "utf-8", "replace")
        found = model_folders(settings, TEAM)
        for act in (
            lambda: read_aliases(settings, TEAM),
            *(lambda path=path: validate_model(path, TEAM) for path in found),
            *(lambda name=name: named_folder(settings, name) for name in files),
        ):
            with contextlib.suppress(TipoffError):
                act()
    text = trees()
    for position, char in edits:
        at = position % len(text)
        text = text[:at] + char + text[at + 1 :]
    with contextlib.suppress(ValueError, KeyError):
        check_shape(text)


@cache
def league() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return build_small_league(Path(folder) / "league.sqlite").read_bytes()


@cache
def cells() -> list[tuple[str, str]]:
    """Return every table and column of the small league."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "league.sqlite"
        path.write_bytes(league())
        with closing(sqlite3.connect(path)) as source:
            tables = [
                row[0]
                for row in source.execute(
                    "select name from sqlite_master where type = 'table'"
                )
            ]
            return [
                (table, row[1])
                for table in tables
                for row in source.execute(f"pragma table_info({table})")
            ]


values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.binary(max_size=20),
    st.sampled_from(("9999-12-31", "0001-01-01", "2024-13-45", "²", "1e400", "=1+1",
                     "[/red]", "\x1b[31m", "x" * 20_000, "-0", "NaN", "1,5")),
)  # fmt: skip


SOURCE = (
    st.lists(st.tuples(st.integers(0, 2**31), st.integers(0, 255)), max_size=20),
    st.lists(
        st.tuples(st.integers(0, 2**31), st.integers(0, 2**31), values, st.booleans()),
        max_size=6,
    ),
    st.none() | st.floats(0, 1),
)


def source(
    edits: list[tuple[int, int]],
    changes: list[tuple[int, int, object, bool]],
    cut: float | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "league.sqlite"
        path.write_bytes(league())
        with closing(sqlite3.connect(path)) as found, found:
            for which, row, value, is_whole in changes:
                table, column = cells()[which % len(cells())]
                where = "" if is_whole else f"where rowid % 50 = {row % 50}"
                found.execute(f"update {table} set {column} = ? {where}", (value,))
        content = bytearray(path.read_bytes())
        for position, byte in edits:
            content[position % len(content)] = byte
        path.write_bytes(content if cut is None else content[: int(cut * len(content))])
        code = (
            "import sys\nfrom pathlib import Path\nfrom ml.errors import TipoffError\n"
            "from ml.ingest.run import ingest\nfrom ml.settings import Settings\n"
            "try:\n    ingest(Path(sys.argv[1]), Settings(home=Path(sys.argv[2])))\n"
            "except TipoffError:\n    pass\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), str(Path(folder) / "home")],
            capture_output=True,
            text=True,
            check=False,
            timeout=SOURCE_SECONDS,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert done.returncode == 0, done.stderr[-3000:]


TARGETS: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
    "expression": (expression, EXPRESSION),
    "mapping": (mapping, MAPPING),
    "registry": (registry, REGISTRY),
    "source": (source, SOURCE),
}


def target(name: str) -> Callable[[], None]:
    """Return a fresh hypothesis test; settings can be given to one only once."""
    body, strategies = TARGETS[name]
    return given(*strategies)(body)
