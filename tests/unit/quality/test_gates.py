"""Gates name the offending rows, and only those."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.errors import GateError
from ml.quality import (
    AtMost,
    Drift,
    Expectation,
    GateReport,
    GroupSum,
    InSet,
    NullShare,
    Pattern,
    Range,
    RowCount,
    Unique,
    check_frame,
    drift_expectations,
    population_stability_index,
    require,
)

FRAME = pd.DataFrame(
    {
        "pts": [1.0, 2.0, np.nan, np.inf, -5.0],
        "is_home": [True, False, True, True, True],
        "code": list("xyzzz"),
        "game": [1, 1, 2, 2, 2],
        "cap": [2.0, 3.0, 4.0, 5.0, -9.0],
    },
    index=[9, 9, 8, 7, 6],
)

CASES: list[tuple[Expectation, list[int]]] = [
    (Range("pts", 0), [3, 4]),
    (Range("pts"), [3]),
    (Range("cap", max=4), [3]),
    (Range("is_home", 1, 1), [1]),
    (NullShare("pts", 0.1), [2]),
    (InSet("code", ("x", "y")), [2, 3, 4]),
    (Pattern("code", "^[xy]$"), [2, 3, 4]),
    (Unique(("code",)), [2, 3, 4]),
    (Unique(("code", "game")), [2, 3, 4]),
    (AtMost("pts", "cap"), [3, 4]),
    (GroupSum("cap", ("game",), 5, 5), [2, 3, 4]),
]
FRAME_CASES: list[tuple[Expectation, str]] = [
    (RowCount(6), "5"),
    (RowCount(1, 4), "5"),
    (Range("absent", 0), "no column absent"),
    (Range("code", 0), "object instead of numbers"),
    (Unique(("code", "absent")), "no column absent"),
]
HOLDS: list[Expectation] = [
    Range("cap", -9, 5),
    NullShare("pts", 0.2),
    NullShare("cap"),
    InSet("code", ("x", "y", "z")),
    Unique(("cap",)),
    Unique(("code", "cap")),
    GroupSum("cap", (), 5, 5),
    RowCount(5, 5),
]


@pytest.fixture(scope="module")
def report() -> GateReport:
    everything = [case for case, _ in CASES] + [case for case, _ in FRAME_CASES] + HOLDS
    return check_frame(FRAME, everything, name="box scores")


def test_every_broken_expectation_names_its_rows(report: GateReport) -> None:
    found = [failure.positions.tolist() for failure in report.failures]
    assert found == [rows for _, rows in CASES] + [[] for _ in FRAME_CASES]


def test_what_concerns_the_whole_frame_says_what_was_found(report: GateReport) -> None:
    found = [failure.found for failure in report.failures[len(CASES) :]]
    assert found == [words for _, words in FRAME_CASES]


def test_the_error_names_frame_column_rule_count_and_rows(report: GateReport) -> None:
    with pytest.raises(GateError) as raised:
        require(report)
    words = str(raised.value)
    for part in ("box scores", "pts", "Range", "2 bad rows of 5", "'code': 'z'", "inf"):
        assert part in words


def test_the_frame_is_left_as_it_is() -> None:
    before = FRAME.copy(deep=True)
    check_frame(FRAME, [GroupSum("cap", ("game",), 0, 1)], name="frame")
    pd.testing.assert_frame_equal(FRAME, before)


def test_a_frame_that_holds_passes() -> None:
    report = check_frame(FRAME, HOLDS, name="frame")
    assert report.passed
    require(report)


def test_an_empty_frame_fails_only_its_row_count() -> None:
    report = check_frame(FRAME.iloc[:0], [Range("pts", 0), RowCount()], name="slate")
    assert [failure.rule for failure in report.failures] == ["RowCount"]


def test_stability_index_of_a_hand_worked_shift() -> None:
    reference = Drift("x", edges=(0.5,), shares=(0.5, 0.5, 0.0))
    values = np.array([0.0, 1.0, 1.0, 1.0])
    # (0.25 - 0.5) ln(0.25 / 0.5) + (0.75 - 0.5) ln(0.75 / 0.5) = 0.25 ln 3
    assert population_stability_index(values, reference) == pytest.approx(
        0.25 * np.log(3)
    )


def test_drift_passes_the_same_distribution_and_stops_a_moved_or_emptied_one() -> None:
    rng = np.random.default_rng(1)
    training = pd.DataFrame(
        {"x": rng.normal(size=4000), "few": rng.integers(0, 2, 4000)}
    )
    rules = drift_expectations(training, ["x", "few"])
    same = pd.DataFrame({"x": rng.normal(size=1000), "few": rng.integers(0, 2, 1000)})
    moved = same.assign(x=same["x"] + 1.0)
    emptied = same.assign(few=np.nan)
    assert check_frame(same, rules, name="slate").passed
    assert [f.columns for f in check_frame(moved, rules, name="s").failures] == [("x",)]
    assert [f.columns for f in check_frame(emptied, rules, name="s").failures] == [
        ("few",)
    ]
    assert check_frame(moved.head(50), rules, name="slate").passed


# Ends with an error of its own while a module is imported beside it.
ENDING = """
import sys
sys.modules["great_expectations"] = sys
from ml.quality import import_early
import_early("late")
raise SystemExit("error: its own")
"""


def test_a_program_that_ends_while_modules_are_imported_says_only_why(
    tmp_path: Path,
) -> None:
    (tmp_path / "late.py").write_text(
        "import time; time.sleep(0.5); import concurrent.futures.thread", "utf-8"
    )
    ended = subprocess.run(
        [sys.executable, "-c", ENDING],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
    )
    assert (ended.returncode, ended.stderr) == (1, "error: its own\n")
