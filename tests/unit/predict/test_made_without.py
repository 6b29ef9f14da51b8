"""What a forecast was made without is said."""

import numpy as np
import pandas as pd
import pytest

from ml.predict.made_without import COLUMNS, at_hand, made_without

TEAMS = pd.DataFrame({"home_team": ["BOS", "LAL"], "away_team": ["NYK", "MIA"]})


@pytest.mark.parametrize(
    ("home", "away", "said"),
    [
        ([True, True], [True, True], None),
        ([True, True], [True, False], "1 of 4 teams (MIA)"),
        ([False, True], [True, np.nan], "2 of 4 teams (BOS, MIA)"),
        ([False, False], [False, False], "of any team"),
    ],
)
def test_teams_without_a_report_are_named(home, away, said):
    frame = pd.DataFrame({"home_has_report": home, "away_has_report": away})
    notes = made_without(TEAMS.join(at_hand(frame)))
    if said is None:
        assert notes == ()
    else:
        (note,) = notes
        assert said in note


def test_a_frame_of_before_has_nothing_at_hand():
    found = at_hand(pd.DataFrame({"game_id": ["a", "b"]}))
    assert list(found.columns) == list(COLUMNS)
    assert not found.any(axis=None)
    assert all(pd.api.types.is_bool_dtype(kind) for kind in found.dtypes)
