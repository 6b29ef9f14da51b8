"""LightGBM's text is what LightGBM writes, or it is not loaded."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ModelError
from ml.models import tree_text
from ml.models.tree_text import check_shape, require_loadable
from ml.models.trees import fit_trees


@pytest.fixture(scope="module")
def text() -> str:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    X[rng.random(X.shape) < 0.1] = np.nan
    return fit_trees(X, X[:, 0] + np.nan_to_num(X[:, 1]), random_state=0).text


def resized(text: str) -> str:
    """Give the lengths of the trees that they have now."""
    body = text.partition("end of trees")[0].rstrip("\n") + "\n\n\n"
    trees = re.split(r"^(?=Tree=)", body, flags=re.MULTILINE)[1:]
    sizes = " ".join(str(len(tree)) for tree in trees)
    return re.sub(r"tree_sizes=.*", f"tree_sizes={sizes}", text)


def test_what_lightgbm_writes_is_its_text(text: str) -> None:
    check_shape(text)
    check_shape(resized(text))


SPOILT = {
    "a child that is not there": (r"left_child=\S+", "left_child=99999"),
    "a child far below": (r"right_child=\S+", "right_child=-99999"),
    "a node in a circle": (r"left_child=\S+", "left_child=0"),
    "a feature that is not there": (r"split_feature=\S+", "split_feature=5"),
    "a negative feature": (r"split_feature=\S+", "split_feature=-1"),
    "more leaves than told": (r"num_leaves=\d+", "num_leaves=100"),
    "endless leaves": (r"num_leaves=\d+", "num_leaves=2000000000"),
    "no leaves": (r"num_leaves=\d+", "num_leaves=0"),
    "a leaf without a number": (r"leaf_value=\S+", "leaf_value=nan"),
    "an endless leaf": (r"leaf_value=\S+", "leaf_value=1e999"),
    "categories": (r"num_cat=0", "num_cat=1"),
    "a split by categories": (r"decision_type=\S+", "decision_type=1"),
    "linear leaves": (r"is_linear=0", "is_linear=1"),
    "too few thresholds": (r"threshold=\S+ ", "threshold="),
    "a threshold of letters": (r"threshold=\S+", "threshold=abc"),
    "no left children": (r"left_child=[^\n]*\n", ""),
    "another number": (r"Tree=0", "Tree=7"),
    "no shrinkage": (r"shrinkage=\S+", "shrinkage="),
    "features beyond memory": (r"max_feature_idx=\d+", "max_feature_idx=999999999"),
    "fewer names": (r"feature_names=\S+ ", "feature_names="),
    "several classes": (r"num_class=1", "num_class=9"),
    "no version": (r"version=v4\n", ""),
    "a null": (r"objective=", "objective=\0"),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_number_out_of_place_is_found(text: str, kind: str) -> None:
    pattern, instead = SPOILT[kind]
    spoilt = resized(re.sub(pattern, instead, text, count=1))
    assert spoilt != text
    with pytest.raises((ValueError, KeyError)):
        check_shape(spoilt)


def test_a_length_that_is_not_true_is_found(text: str) -> None:
    for sizes in ("1", "99999999", "-1"):
        spoilt = re.sub(r"tree_sizes=\d+", f"tree_sizes={sizes}", text)
        with pytest.raises(ValueError, match="tree"):
            check_shape(spoilt)


def test_a_text_cut_anywhere_is_found(text: str) -> None:
    rng = random.Random(0)
    end = text.index("\nend of trees\n")
    for _ in range(200):
        with pytest.raises((ValueError, KeyError)):
            check_shape(text[: rng.randrange(end + 5)])


def test_a_model_is_loaded_apart_once(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    honest = tree_text._load_apart

    def counted(folder: Path, texts: list[str]) -> None:
        tried.append(len(texts))
        honest(folder, texts)

    monkeypatch.setattr(tree_text, "_load_apart", counted)
    for _ in range(2):
        require_loadable(tmp_path / "model", {"margin": text, "total": text})
    assert tried == [1]


def test_a_process_that_dies_loading_takes_nothing_along(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trial, words in (
        ("import os; os.kill(os.getpid(), 11)", "signal 11"),
        ("raise SystemExit(3)", "an error"),
        ("import time; time.sleep(60)", "does not end"),
    ):
        monkeypatch.setattr(tree_text, "_TRIAL", trial)
        monkeypatch.setattr(tree_text, "_TRIAL_SECONDS", 2)
        with pytest.raises(ModelError, match=words):
            require_loadable(tmp_path / "model", {"margin": text})
    assert not (tmp_path / ".loaded.txt").exists()
