"""Ratings leave as one table a team and season."""

import pandas as pd
import pytest

from ml.errors import MissingError
from ml.report.rating_exports import tables

RATINGS = pd.DataFrame(
    {
        "season": ["2022-23", "2023-24", "2023-24", "2023-24"],
        "team": ["BOS", "BOS", "BOS", "DEN"],
        "player_id": [1, 1, 2, 3],
        "rating_date": pd.to_datetime(
            ["2023-01-01", "2023-12-03", "2023-12-03", "2023-12-10"]
        ),
        "rated_at": pd.to_datetime(
            ["2023-01-02", "2023-12-04", "2023-12-04", "2023-12-11"], utc=True
        ),
        "impact": [1.0, 2.0, 3.0, 4.0],
    }
)


def keys(found):
    return [key for key, _ in found]


def test_the_newest_season_is_written_team_by_team():
    found = tables(RATINGS)
    assert keys(found) == [("BOS", "2023-24"), ("DEN", "2023-24")]
    assert found[0][1]["player_id"].tolist() == [2, 1]


def test_a_season_a_team_and_a_moment_can_be_chosen():
    assert keys(tables(RATINGS, season="2022-23")) == [("BOS", "2022-23")]
    assert keys(tables(RATINGS, team="DEN")) == [("DEN", "2023-24")]
    early = pd.Timestamp("2023-12-10", tz="UTC")
    assert keys(tables(RATINGS, as_of=early)) == [("BOS", "2023-24")]
    assert keys(tables(RATINGS, as_of=early - pd.Timedelta("300D"))) == [
        ("BOS", "2022-23")
    ]


def test_nothing_to_write_says_so():
    with pytest.raises(MissingError, match="no impact rating of UTA in 2023-24"):
        tables(RATINGS, season="2023-24", team="UTA")
    with pytest.raises(MissingError, match="any team"):
        tables(RATINGS.iloc[:0])
