"""P(plays), learnt week by week: its beginnings, and what it never reads."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from ml.ratings.player.play_chances import STATUSES, FadingLogit, play_chances

HOUR = pd.Timedelta(hours=1)


def roster(seed: int = 0, n_days: int = 120) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make up ten players a day whose word and history are nearly always right."""
    random = np.random.default_rng(seed)
    n = 10 * n_days
    day = np.repeat(np.arange(n_days), 10)
    forecast_at = pd.Timestamp("2020-11-01T23:00Z") + pd.to_timedelta(day, unit="D")
    will_play = random.random(n) < 0.6
    is_submitted = (day >= n_days // 2) & (day % 2 == 0)
    said = np.where(will_play, "Probable", "Out").astype(object)
    said[~is_submitted | (random.random(n) < 0.5)] = None
    missed = np.where(will_play, 0, random.integers(0, 6, n))
    known = pd.DataFrame(
        {
            "game_id": day.astype(str),
            "team_id": 1,
            "player_id": np.tile(np.arange(10), n_days),
            "forecast_at": forecast_at,
            "boxes_since_seen": missed,
            "is_moved": False,
            "boxes_since_move": 25,
            "is_short_term": False,
            "has_career": True,
            "status": said,
            "is_submitted": is_submitted,
            "is_lined_up": False,
            "is_starter": False,
            "is_starter_expected": False,
            "games_missed": missed,
            "days_missed": 1 + 2 * missed,
            "played_share": 0.6,
            "long_played_share": 0.6,
            "recent_min": 20.0,
            "usual_min": 20.0,
            "days_since_team_game": 2,
            "season_day": 20 + day,
        }
    )
    presence = known[["game_id", "team_id", "player_id"]].assign(
        known_at=forecast_at + 4 * HOUR, has_played=will_play
    )
    return known, presence


def log_loss(prob: pd.Series, has_played: pd.Series) -> float:
    likelihood = np.where(has_played, prob, 1.0 - prob)
    return float(-np.log(likelihood).mean())


def test_words_mean_what_they_mean_until_games_have_taught() -> None:
    known, presence = roster()
    first = known.iloc[: len(STATUSES)].assign(
        status=list(STATUSES), is_submitted=True, games_missed=0, boxes_since_seen=0
    )
    chances = play_chances(first, presence)
    assert chances["play_prob"].tolist() == pytest.approx([0.01, 0.25, 0.5, 0.75, 0.88])
    # Nobody has missed a game, and all played six of the last ten: 2 (.6 - .5).
    assert chances["history_play_prob"].tolist() == pytest.approx(
        [special.expit(0.2)] * 5
    )


def test_games_teach() -> None:
    known, presence = roster()
    chances = play_chances(known, presence)
    assert (chances["player_id"].to_numpy() == known["player_id"].to_numpy()).all()
    early, late = slice(0, 300), slice(900, 1200)
    for column in ("history_play_prob", "play_prob"):
        losses = [
            log_loss(chances[column].iloc[part], presence["has_played"].iloc[part])
            for part in (early, late)
        ]
        assert losses[1] < losses[0] - 0.05
    told = known["status"].notna().to_numpy()
    sure = chances["play_prob"].to_numpy()[told][-20:]
    truth = presence["has_played"].to_numpy()[told][-20:]
    assert np.abs(sure - truth).mean() < 0.1


def test_without_a_report_history_alone_speaks() -> None:
    known, presence = roster()
    chances = play_chances(known, presence)
    silent = ~known["is_submitted"].to_numpy()
    both = chances.loc[silent, ["history_play_prob", "play_prob"]].to_numpy()
    assert (both[:, 0] == both[:, 1]).all()
    # What reports said is hidden from history, on evenings that had them too.
    hidden = known.assign(status=None, is_submitted=False)
    alone = play_chances(hidden, presence)["history_play_prob"]
    assert alone.equals(chances["history_play_prob"])


def test_who_is_named_starts() -> None:
    known, presence = roster()
    starts = presence["has_played"] & (known["player_id"] < 7)
    known = known.assign(
        is_lined_up=True, is_starter=starts, is_starter_expected=known["player_id"] < 7
    )
    prob = play_chances(known, presence)["play_prob"]
    assert prob[starts].min() > 0.98
    left_out = known["is_starter_expected"] & ~starts
    assert prob[left_out].iloc[-20:].mean() < 0.1


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(1, 118), seed=st.integers(0, 3))
def test_no_later_result_is_read(cut: int, seed: int) -> None:
    known, presence = roster(seed)
    moment = known["forecast_at"].iloc[10 * cut]
    later = presence["known_at"] >= moment
    scrambled = presence.assign(has_played=presence["has_played"] ^ later)
    removed = presence[~later]
    before = play_chances(known, presence)
    told = (before["forecast_at"] <= moment).to_numpy()
    for other in (scrambled, removed):
        after = play_chances(known, other)
        pd.testing.assert_frame_equal(before[told], after[told], check_exact=True)
    assert not before.equals(play_chances(known, scrambled)) or cut > 112


@pytest.mark.parametrize("n_rows", [0, 10])
def test_before_the_first_game_there_are_chances_of_the_right_kind(n_rows: int) -> None:
    known, presence = roster()
    chances = play_chances(known.head(n_rows), presence.head(0))
    table = duckdb.from_df(chances)
    assert dict(zip(table.columns, map(str, table.types), strict=True)) == {
        "forecast_at": "TIMESTAMP WITH TIME ZONE",
        "game_id": "VARCHAR",
        **dict.fromkeys(["team_id", "player_id"], "BIGINT"),
        **dict.fromkeys(["history_play_prob", "play_prob"], "DOUBLE"),
    }
    assert chances["play_prob"].notna().all()
    assert len(chances) == n_rows


def test_all_is_forgotten_in_time() -> None:
    random = np.random.default_rng(0)
    X = np.column_stack([np.ones(500), random.normal(size=500)])
    truth = np.array([-1.0, 2.0])
    y = random.random(500) < special.expit(X @ truth)
    model = FadingLogit(np.zeros(2), 1.0, 365.0)
    model.learn(X, y)
    assert model.coefficients == pytest.approx(truth, abs=0.4)
    one = FadingLogit(np.zeros(2), 1.0, 365.0)
    for part in np.array_split(np.arange(500), 10):
        one.learn(X[part], y[part])
    # Ten steps learn what one does.
    assert one.coefficients == pytest.approx(model.coefficients, abs=0.1)
    learnt = model.precision.copy()
    model.forget(365.0)
    assert model.precision == pytest.approx((learnt + np.eye(2)) / 2)
    model.forget(365.0 * 40)
    assert model.coefficients == pytest.approx([0.0, 0.0], abs=1e-6)
    assert model.precision == pytest.approx(np.eye(2), abs=1e-6)


def test_who_has_moved_is_learnt_of_apart() -> None:
    known, presence = roster()
    # Three of the ten have moved here and never play.
    moved = known["player_id"] < 3
    presence = presence.assign(has_played=presence["has_played"] & ~moved)
    told = known.assign(is_moved=moved, boxes_since_move=2)
    chance = play_chances(told, presence)["history_play_prob"]
    unaware = play_chances(known, presence)["history_play_prob"]
    late = np.arange(len(known)) >= 600
    truth = presence["has_played"]
    assert chance[late & moved].mean() < 0.1
    assert log_loss(chance[late], truth[late]) < log_loss(unaware[late], truth[late])


def test_a_league_without_moves_is_judged_as_before() -> None:
    known, presence = roster()
    other = known.assign(boxes_since_move=3, is_short_term=True, has_career=False)
    before, after = (play_chances(each, presence) for each in (known, other))
    pd.testing.assert_frame_equal(before, after, check_exact=True)
