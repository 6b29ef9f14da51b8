"""LightGBM's text from a file: whether it is what LightGBM writes, before it is loaded.

LightGBM believes its text: a child that is not there, or a length that is not true, is
an address outside of its memory. The shape is checked here; what has it is then loaded
once in a process of its own, which may die without taking the night along.
"""

from __future__ import annotations

import hashlib
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ml.errors import ModelError

MOST_BYTES = 64 << 20
_MOST_TREES = 20_000
_MOST_LEAVES = 10_000
_MOST_FEATURES = 10_000
_INT = re.compile(r"-?[0-9]{1,12}")
_TRIAL_SECONDS = 120
_LOADED = ".loaded.txt"
_TRIAL = """
import json, sys
import lightgbm
for text in json.load(sys.stdin):
    booster = lightgbm.Booster(model_str=text)
    n = booster.num_feature()
    booster.predict([[0.0] * n, [float("nan")] * n], num_threads=1)
"""


class ShapeError(ValueError):
    """What is wrong with a text."""


def check_shape(text: str) -> None:
    """Check that a text is a model of LightGBM, with all its numbers in range.

    Parameters
    ----------
    text : str
        As ``Booster.model_to_string`` gives it.

    Raises
    ------
    ValueError
        Saying what is not as it should be.
    """
    if len(text) > MOST_BYTES:
        raise ShapeError(f"it has {len(text):,} characters, more than {MOST_BYTES:,}")
    body, end, _ = text.partition("\nend of trees\n")
    if not end or "\0" in text:
        raise ShapeError("it has no end of trees")
    head, *trees = re.split(r"^(?=Tree=)", body + "\n", flags=re.MULTILINE)
    facts = _facts(head)
    if not head.startswith("tree\n") or not re.fullmatch(r"v\d", facts["version"]):
        raise ShapeError("it does not begin as a model does")
    if _whole(facts, "num_class", 1, 1) != _whole(
        facts, "num_tree_per_iteration", 1, 1
    ):
        raise ShapeError("it is of several classes")
    n_features = _whole(facts, "max_feature_idx", 0, _MOST_FEATURES) + 1
    for name in ("feature_names", "feature_infos"):
        if len(facts[name].split(" ")) != n_features:
            raise ShapeError(f"{name} are not {n_features}")
    sizes = _wholes(facts, "tree_sizes", len(trees), 1, MOST_BYTES) if trees else []
    if not 1 <= len(trees) <= _MOST_TREES:
        raise ShapeError(f"it has {len(trees)} trees")
    for number, (tree, size) in enumerate(zip(trees, sizes, strict=True)):
        if len(tree.encode()) != size:
            raise ShapeError(f"tree {number} is not {size} bytes long")
        _check_tree(_facts(tree), number, n_features)


def require_loadable(folder: Path, texts: Mapping[str, str]) -> None:
    """Check a model's texts, and load those that never were in a process of its own.

    Parameters
    ----------
    folder : Path
        Of the model; beside it is noted what was loaded.
    texts : Mapping of str to str
        Trees by name.

    Raises
    ------
    ModelError
        If one is no model of LightGBM, or LightGBM cannot load it.
    """
    for name, text in texts.items():
        try:
            check_shape(text)
        except (ValueError, KeyError) as error:
            words = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise _refused(folder, f"{name}.txt is not LightGBM's text: {words}") from (
                error
            )
    note = folder.parent / _LOADED
    known: set[str] = set()
    with suppress(OSError, UnicodeDecodeError):
        if note.is_file() and note.stat().st_size < 1 << 20:
            known = set(note.read_text("ascii").split())
    digests = {
        hashlib.sha256(text.encode()).hexdigest(): text for text in texts.values()
    }
    fresh = {digest: text for digest, text in digests.items() if digest not in known}
    if not fresh:
        return
    _load_apart(folder, list(fresh.values()))
    with suppress(OSError), note.open("a", encoding="ascii") as file:
        file.writelines(f"{digest}\n" for digest in fresh)


def _load_apart(folder: Path, texts: list[str]) -> None:
    import json

    try:
        subprocess.run(
            [sys.executable, "-I", "-c", _TRIAL],
            input=json.dumps(texts),
            text=True,
            capture_output=True,
            check=True,
            timeout=_TRIAL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(folder, "LightGBM does not end loading it") from error
    except subprocess.CalledProcessError as error:
        how = f"signal {-error.returncode}" if error.returncode < 0 else "an error"
        raise _refused(folder, f"LightGBM ends with {how} when it loads it") from error


def _check_tree(facts: dict[str, str], number: int, n_features: int) -> None:
    if facts["Tree"] != str(number):
        raise ShapeError(f"tree {number} is called {facts['Tree'][:20]!r}")
    n_leaves = _whole(facts, "num_leaves", 1, _MOST_LEAVES)
    _whole(facts, "num_cat", 0, 0)
    if "is_linear" in facts:
        _whole(facts, "is_linear", 0, 0)
    _numbers(facts, "leaf_value", n_leaves)
    _numbers(facts, "shrinkage", 1)
    if n_leaves == 1:
        return
    n_nodes = n_leaves - 1
    _wholes(facts, "split_feature", n_nodes, 0, n_features - 1)
    # 2: the default goes left; 4 and 8: how missing values are told.
    if any(each & 1 for each in _wholes(facts, "decision_type", n_nodes, 0, 15)):
        raise ShapeError(f"tree {number} has categories")
    for name in ("threshold", "split_gain", "internal_value", "internal_weight"):
        _numbers(facts, name, n_nodes)
    _numbers(facts, "leaf_weight", n_leaves)
    _wholes(facts, "internal_count", n_nodes, 0, 2**31 - 1)
    _wholes(facts, "leaf_count", n_leaves, 0, 2**31 - 1)
    left = _wholes(facts, "left_child", n_nodes, -n_leaves, n_nodes - 1)
    right = _wholes(facts, "right_child", n_nodes, -n_leaves, n_nodes - 1)
    # Every leaf and every node hangs from one node; the first node from none.
    if sorted([*left, *right, 0]) != list(range(-n_leaves, n_nodes)):
        raise ShapeError(f"tree {number} is no tree")
    reached, open_nodes = 0, [0]
    while open_nodes:
        node = open_nodes.pop()
        reached += 1
        open_nodes += [child for child in (left[node], right[node]) if child >= 0]
    if reached != n_nodes:
        raise ShapeError(f"tree {number} is no tree")


def _facts(text: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in text.split("\n") if line]
    facts = {name: value for name, _, value in pairs}
    if len(facts) != len(pairs):
        raise ShapeError("it says something twice")
    return facts


def _whole(facts: dict[str, str], name: str, least: int, most: int) -> int:
    return _wholes(facts, name, 1, least, most)[0]


def _wholes(
    facts: dict[str, str], name: str, n: int, least: int, most: int
) -> list[int]:
    parts = facts[name].split(" ")
    if len(parts) != n or not all(_INT.fullmatch(part) for part in parts):
        raise ShapeError(f"{name} is not {n} whole number(s)")
    numbers = [int(part) for part in parts]
    if min(numbers) < least or max(numbers) > most:
        raise ShapeError(f"{name} is not within {least} and {most}")
    return numbers


def _numbers(facts: dict[str, str], name: str, n: int) -> None:
    parts = facts[name].split(" ")
    if len(parts) != n or not all(part.isascii() and "_" not in part for part in parts):
        raise ShapeError(f"{name} is not {n} number(s)")
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise ShapeError(f"{name} is not {n} number(s)") from error
    # A split between known and unknown values has an infinite threshold.
    if any(map(math.isnan if name == "threshold" else _is_endless, numbers)):
        raise ShapeError(f"{name} is not finite")


def _is_endless(number: float) -> bool:
    return not math.isfinite(number)


def _refused(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"the model {folder.name} is refused: {reason}",
        "train again (tipoff train) or take another one (tipoff models list)",
    )
