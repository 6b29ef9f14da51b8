"""Lineups that are supposed: whose minutes they move, and by how much."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.boxscore.lineup import FOUL_TROUBLE, Lineup, minute_factors
from ml.errors import SettingsError

# Six of one team, of whom the sixth is the bench with another, and one of the other.
EXPECTED = pd.DataFrame(
    {
        "team_id": [1] * 7 + [2],
        "player_name": ["Ann", "Bob", "Cy", "Dan", "Eve", "Flo", "Gil", "Hal"],
        "player_id": [11, 12, 13, 14, 15, 16, 17, 21],
        "play_prob": [1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0],
        "min": [36.0, 34.0, 32.0, 30.0, 40.0, 16.0, 8.0, 30.0],
    }
)


def test_a_bench_plays_longer_and_the_starters_shorter_by_hand() -> None:
    found = minute_factors(Lineup(bench={1: 10.0}), EXPECTED)
    # Starters play 36 + 34 + 32 + 30 + 20 = 152 together, the bench 16 + 4 = 20.
    starters, bench = 1 - 10 / 152, 1 + 10 / 20
    wanted = dict.fromkeys([11, 12, 13, 14, 15], starters) | {16: bench, 17: bench}
    assert found == pytest.approx(wanted)
    # Who is out is no part of either, and the next takes his place.
    without = minute_factors(Lineup(bench={1: 3.0}), EXPECTED, others=[11])
    assert without == pytest.approx(
        dict.fromkeys([12, 13, 14, 15, 16], 1 - 3 / 132) | {17: 1 + 3 / 4}
    )


@given(st.floats(-15.0, 40.0))
def test_a_team_plays_as_long_whoever_does(more: float) -> None:
    found = minute_factors(Lineup(bench={1: more}), EXPECTED)
    side = EXPECTED[EXPECTED["team_id"] == 1].set_index("player_id")
    usual = side["play_prob"] * side["min"]
    assert (usual * pd.Series(found)).sum() == pytest.approx(usual.sum())


def test_who_starts_for_another_takes_his_minutes_and_he_the_others() -> None:
    found = minute_factors(Lineup(starts={16: 12}, foul_trouble=(21,)), EXPECTED)
    assert found == pytest.approx({16: 34 / 16, 12: 16 / 34, 21: FOUL_TROUBLE})
    both = minute_factors(Lineup(starts={16: 12}, bench={1: 10.0}), EXPECTED)
    # With 34 minutes he is a starter, and Bob with 16 is of the bench.
    assert both[16] == pytest.approx(34 / 16 * (1 - 10 / 152))
    assert both[12] == pytest.approx(16 / 34 * (1 + 10 / 20))


@pytest.mark.parametrize(
    ("lineup", "told"),
    [
        (
            Lineup(starts={11: 21}),
            "Ann cannot start in place of Hal: they are no teammates",
        ),
        (Lineup(starts={11: 11}), "two things are supposed of Ann$"),
        (Lineup(starts={16: 11, 17: 11}), "two things"),
        (Lineup(starts={16: 11}, foul_trouble=(11,)), "two things"),
        (Lineup(foul_trouble=(13,)), "two things"),
        (Lineup(bench={1: 20.0}), "from -3 to 8"),
        (Lineup(bench={1: float("nan")}), "cannot play nan"),
        (Lineup(bench={1: float("-inf")}), "cannot play -inf"),
        (Lineup(bench={2: 1.0}), "cannot play 1"),
    ],
)
def test_what_contradicts_itself_is_refused(lineup: Lineup, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        minute_factors(lineup, EXPECTED, others=[13])
