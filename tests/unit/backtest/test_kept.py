"""What a backtest keeps is taken again only where everything is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from ml.backtest import kept
from ml.backtest.kept import key_of, taken_or_made, write_frame

FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(a=[1.0, 2.5]),
        FRAME.rename(columns={"a": "c"}),
        FRAME.iloc[:1],
        FRAME.iloc[::-1],
    ],
)
def test_a_key_changes_with_every_value(other: pd.DataFrame) -> None:
    assert key_of("one", FRAME, 3) == key_of("one", FRAME.copy(), 3)
    assert key_of("one", FRAME, 3) != key_of("one", other, 3)
    assert key_of("one", FRAME, 3) != key_of("one", FRAME, 4)


def test_a_key_changes_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of("one", 1)
    monkeypatch.setattr(kept, "fingerprint", lambda *folders: "other code")
    assert key_of("one", 1) != before


def test_a_killed_run_makes_only_what_is_lacking(tmp_path: Path) -> None:
    keys, asked = ["a", "b", "c"], []

    def make(lacking: list[int]) -> Iterator[pd.DataFrame]:
        asked.append(lacking)
        return (FRAME.assign(place=place) for place in lacking)

    def run() -> Iterator[pd.DataFrame]:
        return taken_or_made(
            tmp_path, keys, make, read=pd.read_parquet, write=write_frame
        )

    stopped = run()
    assert next(stopped)["place"].tolist() == [0, 0]
    stopped.close()
    assert [int(each["place"].iloc[0]) for each in run()] == [0, 1, 2]
    assert [int(each["place"].iloc[0]) for each in run()] == [0, 1, 2]
    assert asked == [[0, 1, 2], [1, 2], []]
