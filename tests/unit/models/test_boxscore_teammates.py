"""Who starts, who makes the points, and who turns out: rosters worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.models.player.candidates import likely_gone
from ml.models.player.roster_availability import fill_roster
from ml.models.player.teammates import start_context, work_context


def roster(named: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_id": "g",
            "team_id": 1,
            "player_id": [1, 2, 3, 4],
            "is_candidate": [True, True, True, False],
            "is_named_starter": named,
            "position_number": [1.0, 1.0, 5.0, 5.0],
            "start_share_h5": [1.0, 0.5, 0.8, 1.0],
            "start_share_last": [1.0, 0.0, np.nan, 1.0],
            "games_missed": [0.0, 0.0, 0.0, 0.0],
            "report_status": 0.0,
            "pts_per_min_h150": [0.6, 0.5, 0.4, 9.0],
            "ast_per_min_h150": 0.1,
            "fga_per_min_h150": [0.5, np.nan, 0.3, 9.0],
        }
    )


def test_starters_are_expected_by_their_share_until_they_are_named() -> None:
    prob = np.array([1.0, 0.8, 0.5, 1.0])
    unknown = start_context(roster([np.nan] * 4), prob)
    # The other candidates start with 0.8 × 0.5 and 0.5 × 0.8.
    assert unknown["free_start"].tolist() == pytest.approx([4.2, 3.6, 3.6, 3.2])
    assert unknown["start_position"].tolist() == pytest.approx([0.4, 1.0, 0.0, 0.4])
    assert unknown["start_size_last"].tolist() == pytest.approx([0.0, 1.0, 0.0, 0.0])
    told = start_context(roster([0.0, 1.0, 1.0, 0.0]), prob)
    assert told["free_start"].tolist() == [3.0, 4.0, 4.0, 3.0]
    assert told["start_position"].tolist() == [1.0, 0.0, 0.0, 1.0]


def test_who_is_left_out_of_the_line_up_is_likely_gone() -> None:
    assert likely_gone(roster([0.0, 0.0, 1.0, np.nan])).tolist() == [
        0.85,
        0.03,
        0.0,
        0.03,
    ]


def test_work_of_teammates_is_rate_times_minutes_and_compared_with_the_past() -> None:
    first = roster([np.nan] * 4)
    frame = pd.concat([first, first.assign(game_id="h")], ignore_index=True)
    prob = np.array([1.0, 0.5, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    usual = pd.Series(20.0, index=frame.index)
    played = np.array([True, True, True, False] + [False] * 4)
    found = work_context(frame, usual, prob, np.full(8, 30.0), played)
    # Player 1 has 0.5 × 30 × 0.5 and 30 × 0.4 beside him, then the latter alone.
    assert found["mates_pts"][[0, 4]].tolist() == pytest.approx([19.5, 12.0])
    assert found["gone_pts"][[0, 4]].tolist() == pytest.approx([5.0, 10.0])
    assert found["mates_fga"][0] == pytest.approx(9.0)
    assert np.isnan(found["new_gone_pts"][0])
    assert found["new_gone_pts"][4] == pytest.approx(5.0)
    assert np.isnan(found["new_gone_pts"][7])  # he has not played


def test_a_roster_fills_part_of_what_it_lacks_and_certainties_stay() -> None:
    frame = pd.DataFrame(
        {"game_id": "g", "team_id": 1, "is_candidate": [True] * 9 + [False]}
    )
    prob = np.array([1.0, 0.0] + [0.7] * 7 + [0.5])
    minutes = np.full(10, 40.0)
    filled = fill_roster(frame, prob, minutes)
    assert filled[[0, 1, 9]].tolist() == [1.0, 0.0, 0.5]
    # 40 + 7 × 28 = 236 of 239 expected minutes: .45 of the three that lack are added.
    assert filled[:9] @ minutes[:9] == pytest.approx(236.0 + 0.45 * 3.0)
    assert (filled[2:9] > prob[2:9]).all()
    without = fill_roster(frame, np.where(prob == 0.5, np.nan, prob), minutes)
    np.testing.assert_allclose(without[:9], filled[:9])
