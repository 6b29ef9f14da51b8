"""A team's counts move together, to what was learnt of its totals; shares stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.boxscore.stats import LEARNT
from ml.models.player.totals import TERMS, TotalsModel
from ml.models.player.walk_forward import walk_totals
from tests.executors import Pickling

N_PLAYERS = 8


def league(
    n_days: int = 150, slope: float = -0.7, seed: int = 3
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Two teams meet every day; totals follow their sums to the power 1 + slope."""
    rng = np.random.default_rng(seed)
    rows, counts, done = [], [], []
    for day in range(n_days):
        for team in (1, 2):
            own = rng.uniform(2.0, 20.0, N_PLAYERS)
            own *= 100.0 * np.exp(rng.normal(0.0, 0.1)) / own[:-1].sum()
            total = 100.0 * (own[:-1].sum() / 100.0) ** (1.0 + slope)
            share = own / own[:-1].sum()
            for player in range(N_PLAYERS):
                rows.append((f"{day:04}", team, 10 * team + player, day))
                counts.append(own[player])
                done.append(rng.poisson(total * share[player]))
    frame = pd.DataFrame(rows, columns=["game_id", "team_id", "player_id", "day"])
    frame["season"] = "2022-23"
    frame["game_date"] = pd.Timestamp("2022-10-18") + pd.to_timedelta(
        frame["day"], unit="D"
    )
    # The last of each team has no tie to it.
    frame["is_candidate"] = frame["player_id"] % 10 != N_PLAYERS - 1
    for name in (
        "team_pace",
        "opponent_pace",
        "pace_impact",
        *(f"opponent_{s}_allowed" for s in LEARNT),
    ):
        frame[name] = 0.0
    expected = pd.DataFrame(dict.fromkeys(LEARNT, counts), dtype=float)
    expected = expected.assign(play_prob=1.0, min=30.0)
    outcomes = pd.DataFrame(dict.fromkeys(LEARNT, done), dtype=float).assign(min=24.0)
    return frame, expected, outcomes


@pytest.fixture(scope="module")
def model() -> TotalsModel:
    return TotalsModel.fit(*league())


def hand_model(**weights: float) -> TotalsModel:
    row = [weights.get(name, 0.0) for name in TERMS]
    centre = [np.log(100.0) if name == "sum" else 0.0 for name in TERMS]
    return TotalsModel(dict.fromkeys(LEARNT, centre), dict.fromkeys(LEARNT, row))


def roster(prob: list[float], counts: list[float], game: str = "g") -> pd.DataFrame:
    """Three candidates and one without a tie, of one team."""
    frame = pd.DataFrame(
        {
            "game_id": game,
            "team_id": 1,
            "game_date": "2023-01-01",
            "is_candidate": [True, True, True, False],
            "team_pace": 0.0,
            "opponent_pace": 0.0,
            "pace_impact": 0.0,
            **{f"opponent_{stat}_allowed": 0.0 for stat in LEARNT},
        }
    )
    return frame.assign(play_prob=prob, min=30.0, **dict.fromkeys(LEARNT, counts))


def scaled(
    model: TotalsModel, rows: pd.DataFrame, *, over: bool = False
) -> list[float]:
    played = np.full(len(rows), over)
    found: list[float] = model.scale(rows, rows, played)["fga"].tolist()
    return found


def test_one_factor_by_hand() -> None:
    # 50 + 40 + half of 40 = 110; to the power .6 of what it lies from 100.
    rows = roster([1.0, 1.0, 0.5, 1.0], [50.0, 40.0, 40.0, 30.0])
    factor = 1.1**-0.4
    expected = [factor * count for count in (50.0, 40.0, 40.0, 30.0)]
    assert scaled(hand_model(sum=-0.4), rows) == pytest.approx(expected)
    # What the opponent allows counts by who plays: (1 × .1 + .5 × .3) / 2.5.
    rows["opponent_fga_allowed"] = [0.1, 0.0, 0.3, 9.0]
    assert scaled(hand_model(allowed=1.0), rows)[0] == pytest.approx(50 * np.exp(0.1))
    # Minutes of candidates: 2.5 × 30.
    minutes = hand_model(minutes=0.02)
    assert scaled(minutes, rows)[0] == pytest.approx(50.0 * 75.0**0.02)


def test_who_plays_fast_moves_everyone_on_both_sides() -> None:
    home = roster([1.0, 1.0, 0.5, 1.0], [50.0, 40.0, 40.0, 30.0])
    away = roster([1.0] * 4, [50.0, 30.0, 20.0, 30.0]).assign(team_id=2)
    home["pace_impact"] = [1.0, np.nan, 3.0, 9.0]
    away["pace_impact"] = [-0.4, 0.0, 0.0, 9.0]
    rows = pd.concat([home, away], ignore_index=True)
    # Five times the mean over expected minutes of who has a tie to his team; both.
    pace = 5 * (1.0 + 0.5 * 3.0) / 2.5 + 5 * -0.4 / 3
    model = hand_model(roster_pace=0.2)
    factor = np.array(scaled(model, rows)) / rows["fga"].to_numpy()
    assert factor.tolist() == pytest.approx([np.exp(0.2 * pace / 20.0)] * 8)
    # Without the man who runs both teams do less.
    rows.loc[2, "play_prob"] = 0.0
    assert (np.array(scaled(model, rows)) < factor * rows["fga"].to_numpy()).all()


def test_a_change_is_from_the_usual_sum_of_games_that_are_over() -> None:
    games = [
        roster([1.0] * 4, [50.0, 30.0, 20.0, 30.0], "a"),
        roster([1.0] * 4, [0.0, 50.0, 30.0, 30.0], "b"),
        roster([1.0] * 4, [50.0, 30.0, 20.0, 30.0], "c"),
    ]
    rows = pd.concat(games, ignore_index=True)
    found = scaled(hand_model(change=-0.5), rows)
    # Nothing is over: no usual sum, no change.
    assert found == rows["fga"].tolist()
    over = np.repeat([True, False, False], 4)
    moved = hand_model(change=-0.5).scale(rows, rows, over)["fga"].to_numpy()
    factor = moved / np.maximum(rows["fga"].to_numpy(), 1e-9)
    assert factor[[0, 5, 9]].tolist() == pytest.approx([1.0, 0.8**-0.5, 1.0])


def test_the_elasticity_is_found_and_the_level_left_alone() -> None:
    for slope in (-0.7, 0.0):
        frame, expected, outcomes = league(400, slope)
        # Everything half as often again as expected: not a matter of sums.
        more = outcomes.assign(**{s: 1.5 * outcomes[s] for s in LEARNT})
        for done in (outcomes, more):
            found = TotalsModel.fit(frame, expected, done)
            both = dict(zip(TERMS, found.weights["fga"], strict=True))
            assert both["sum"] + both["change"] == pytest.approx(slope, abs=0.06)
            played = np.ones(len(frame), dtype=bool)
            moved = found.scale(frame, expected, played)["fga"]
            assert moved.mean() == pytest.approx(expected["fga"].mean(), rel=0.01)


def test_what_sets_seasons_apart_is_not_taken_for_elasticity() -> None:
    frame, expected, outcomes = league(400, 0.0)
    first = (frame["day"] < 200).to_numpy()
    # In its first season the league did a quarter less than the rates said.
    frame.loc[first, "season"] = "2021-22"
    expected.loc[first, list(LEARNT)] *= 4.0 / 3.0
    found = TotalsModel.fit(frame, expected, outcomes)
    assert sum(found.weights["fga"][:2]) == pytest.approx(0.0, abs=0.06)
    # And the last half year is what sums are far from or not.
    assert found.centres["fga"][0] == pytest.approx(np.log(100.0), abs=0.1)


def test_sums_move_to_totals_and_shares_stay(model: TotalsModel) -> None:
    frame, expected, _ = league(30, seed=8)
    moved = model.scale(frame, expected, np.ones(len(frame), dtype=bool))
    keys = [frame["game_id"], frame["team_id"]]
    tied = expected["fga"].where(frame["is_candidate"], 0.0)
    before = np.log(tied.groupby(keys).sum() / 100.0)
    ratio = moved["fga"] / expected["fga"]
    assert (ratio.groupby(keys).max() - ratio.groupby(keys).min()).max() < 1e-12
    log = np.log(ratio.groupby(keys).mean())
    aside = np.abs(before) > 0.05
    assert (np.sign(log[aside]) == -np.sign(before[aside])).all()
    pd.testing.assert_series_equal(moved["play_prob"], expected["play_prob"])


def test_who_has_no_tie_moves_with_the_team_and_moves_nobody(
    model: TotalsModel,
) -> None:
    rows = roster([1.0, 1.0, 1.0, 1.0], [60.0, 40.0, 20.0, 30.0])
    lone = scaled(model, rows)
    other = scaled(model, rows.assign(fga=[60.0, 40.0, 20.0, 300.0]))
    assert other[:3] == lone[:3]
    assert other[3] / 300.0 == pytest.approx(lone[0] / 60.0)
    # Nor does what he did: totals are of candidates.
    frame, expected, outcomes = league()
    busy = outcomes.where(frame["is_candidate"], outcomes * 7.0)
    assert TotalsModel.fit(frame, expected, busy) == model
    # Nobody has a tie: nothing is known of such a team, and nothing moves.
    nobody = rows.assign(is_candidate=False)
    assert scaled(model, nobody) == rows["fga"].tolist()


def test_no_factor_is_far_from_one(model: TotalsModel) -> None:
    few = roster([1.0, 0.0, 0.0, 1.0], [5.0, 40.0, 40.0, 30.0])
    assert scaled(model, few)[0] == pytest.approx(5.0 * np.exp(0.25))


def test_a_game_alone_gives_what_it_gives_among_others(model: TotalsModel) -> None:
    frame, expected, _ = league(40, seed=5)
    played = (frame["day"] < 39).to_numpy()
    every = model.scale(frame, expected, played)
    tonight = frame["day"] == 39
    for team in (1, 2):
        # Its own past is all that a team's factor knows.
        own = (frame["team_id"] == team).to_numpy()
        alone = model.scale(frame[own], expected[own], played[own])
        pd.testing.assert_frame_equal(alone, every[own], check_exact=True)
        past = own & (frame["day"] < 39).to_numpy()
        wild = expected.mul(np.where(tonight & ~own, 3.0, 1.0), axis=0)
        wild = wild.assign(play_prob=1.0, min=30.0)
        again = model.scale(frame, wild, played)
        pd.testing.assert_frame_equal(again[past], every[past], check_exact=True)
        mine = own & tonight.to_numpy()
        pd.testing.assert_frame_equal(again[mine], every[mine], check_exact=True)


def test_later_games_change_no_earlier_totals() -> None:
    frame, expected, outcomes = league(120)
    refits = [pd.Timestamp("2022-10-18") + pd.Timedelta(days=d) for d in (20, 60, 90)]
    late = (frame["day"] >= 90).to_numpy()
    other = outcomes.copy()
    other.loc[late, "fga"] *= 3.0
    changed = expected.copy()
    changed.loc[late, "fga"] *= 2.0
    one = walk_totals(frame, expected, outcomes, refits)
    two = walk_totals(frame, changed, other, refits)
    pd.testing.assert_frame_equal(one[~late], two[~late], check_exact=True)
    # Before the second refit nothing was learnt, and nothing moves.
    first = (frame["day"] < 60).to_numpy()
    pd.testing.assert_frame_equal(one[first], expected[first], check_exact=True)
    moved = (one["fga"] / expected["fga"])[(frame["day"] >= 60).to_numpy()]
    assert moved.std() > 0.02
    # Nor does it matter who fits.
    others = Pickling()
    again = walk_totals(frame, expected, outcomes, refits, executor=others)
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    assert others.n_parts == 2


def test_games_that_were_not_forecast_teach_nothing() -> None:
    frame, expected, outcomes = league(100)
    early = (frame["day"] < 40).to_numpy()
    unknown = expected.copy()
    unknown.loc[early, list(LEARNT)] = np.nan
    found = TotalsModel.fit(frame, unknown, outcomes)
    later = TotalsModel.fit(
        *(part[~early].reset_index(drop=True) for part in (frame, unknown, outcomes))
    )
    assert found == later
    none = TotalsModel.fit(frame[early], unknown[early], outcomes[early])
    rows = roster([1.0] * 4, [60.0, 40.0, 20.0, 30.0])
    assert scaled(none, rows) == rows["fga"].tolist()
    assert replace(none) == none
