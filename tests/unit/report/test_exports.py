"""Exported tables: what is read back is what was written, and every column is told."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.report.exports import DICTIONARY, write_table
from ml.storage.files import replacing
from ml.system.plain_text import spreadsheet_text

WORDS = {"player": "A name.", "pts": "Points.", "at": "A moment."}
rows = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8),
        st.none() | st.floats(-1e6, 1e6),
        st.datetimes(
            pd.Timestamp("2000-01-01").to_pydatetime(),
            pd.Timestamp("2040-01-01").to_pydatetime(),
        ),
    ),
    min_size=1,
    max_size=5,
)


def frame_of(records: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=list(WORDS)).astype({"pts": "float64"})
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=rows)
def test_both_files_hold_what_was_written(
    tmp_path: Path, records: list[tuple[object, ...]]
) -> None:
    frame = frame_of(records)
    csv, json_file = write_table(frame, tmp_path, "table", WORDS)
    from_csv = pd.read_csv(csv, dtype=str, keep_default_na=False)
    from_json = pd.DataFrame(json.loads(json_file.read_text("utf-8")))
    assert list(from_csv["player"]) == list(frame["player"].map(spreadsheet_text))
    assert list(from_json["player"]) == list(frame["player"])
    for found in (from_csv, from_json):
        points = pd.to_numeric(found["pts"]).astype("float64")
        pd.testing.assert_series_equal(points, frame["pts"], rtol=0, atol=1e-6)
        assert found["at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
        seconds = pd.to_datetime(found["at"], utc=True)
        assert (seconds == frame["at"].dt.floor("s")).all()


def test_a_column_without_a_description_writes_nothing(tmp_path: Path) -> None:
    frame = frame_of([("Luka", 30.0, "2024-01-01")])
    with pytest.raises(KeyError, match="pts"):
        write_table(frame, tmp_path, "table", {"player": "", "at": ""})
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_keeps_other_tables_and_renews_its_own(tmp_path: Path) -> None:
    frame = frame_of([("Luka", 30.0, "2024-01-01")])
    write_table(frame, tmp_path, "b", WORDS)
    write_table(frame[["player"]], tmp_path, "a", WORDS)
    write_table(frame[["pts"]], tmp_path, "b", WORDS)
    told = pd.read_csv(tmp_path / DICTIONARY)
    assert told.to_dict("records") == [
        {"table": "a", "column": "player", "description": "A name."},
        {"table": "b", "column": "pts", "description": "Points."},
    ]


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old", "utf-8")
    with pytest.raises(OSError, match="disk full"), replacing(path) as temporary:
        temporary.write_text("half", "utf-8")
        raise OSError("disk full")
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]
    assert path.read_text("utf-8") == "old"
