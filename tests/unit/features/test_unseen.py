"""What earlier seasons have not seen is named, once, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from feature_home import make_home, manifest
from hypothesis import given
from hypothesis import strategies as st

from ml.features.manifest import parse_manifest
from ml.features.unseen import (
    Unseen,
    in_words,
    note_unseen,
    read_unseen,
    unseen_of_build,
    unseen_of_forecasts,
    unseen_of_frame,
)
from ml.quality.limits import Limits

SERVICE = parse_manifest(manifest()).service("team_matchup")
SIDES = {"home": "home_team", "away": "away_team"}
bounds = st.none() | st.floats(-100, 100)


def test_a_side_is_named_by_its_own_team() -> None:
    frame = pd.DataFrame(
        {
            "home_team": ["BOS", "LAL"],
            "away_team": ["NYK", "DEN"],
            "home_net_rating_l10": [40.5, np.nan],
            "away_net_rating_l10": [31.0, -31.5],
        }
    )
    assert unseen_of_frame(frame, SERVICE, SIDES) == (
        Unseen("net_rating_l10", "BOS", 40.5, "-31 to 31"),
        Unseen("net_rating_l10", "DEN", -31.5, "-31 to 31"),
    )


@given(values=st.lists(st.none() | st.floats(-200, 200), min_size=1), data=st.data())
def test_exactly_what_is_beyond_is_found(values: list[float | None], data) -> None:
    low, high = data.draw(bounds), data.draw(bounds)
    frame = pd.DataFrame({"x": pd.array(values, dtype="Float64")})
    names = pd.Series([f"player {number}" for number in range(len(values))])
    found = unseen_of_forecasts(frame, {"x": Limits(low, high)}, names)
    expected = {
        name
        for name, value in zip(names, values, strict=True)
        if value is not None
        and ((low is not None and value < low) or (high is not None and value > high))
    }
    assert {each.whose for each in found} == expected


def test_a_build_names_what_its_newest_day_brought(tmp_path) -> None:
    settings = make_home(tmp_path / "home")
    path = settings.features_dir / "fv_team_form.parquet"
    rows = pd.read_parquet(path)
    newest = rows["event_timestamp"] == rows["event_timestamp"].max()
    assert unseen_of_build(settings) == ()
    # An old value is no news; the newest of two teams is.
    rows.loc[0, "net_rating_l10"] = 99.0
    rows.loc[newest & rows["team_id"].isin([1, 2]), "net_rating_l10"] = -40.0
    rows.to_parquet(path, index=False)
    found = unseen_of_build(settings)
    assert [(each.feature, each.whose, each.value) for each in found] == [
        ("net_rating_l10", "ONE", -40.0),
        ("net_rating_l10", "TWO", -40.0),
    ]
    assert in_words(found)[1:] == [
        "  net_rating_l10 of ONE is -40, seen before: -31 to 31",
        "  net_rating_l10 of TWO is -40, seen before: -31 to 31",
    ]
    assert [each["whose"] for each in read_unseen(settings)["build"]] == ["ONE", "TWO"]


def test_a_damaged_note_is_no_news(tmp_path) -> None:
    settings = make_home(tmp_path / "home")
    note_unseen(settings, "build", [Unseen("x", "BOS", 1.0, "0 to 0")])
    note_unseen(settings, "forecast", [])
    assert list(read_unseen(settings)) == ["build", "forecast"]
    (settings.reports_dir / "unseen.json").write_text("{")
    assert read_unseen(settings) == {}


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(0, 1.5), "0 to 1.5"),
        (Limits(min=1), "1 or more"),
        (Limits(max=-2), "-2 or less"),
        (Limits(null_share=0.1), "anything"),
    ],
)
def test_limits_in_words(limits: Limits, words: str) -> None:
    assert str(limits) == words
