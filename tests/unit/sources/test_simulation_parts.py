from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml.ingest.contract import season_of_year
from ml.sources.synthetic.market import american
from ml.sources.synthetic.matchups import draw_matchups
from ml.sources.synthetic.moments import _meetings_correlation
from ml.sources.synthetic.names import last_first, make_names, plain
from ml.sources.synthetic.players import Players
from ml.sources.synthetic.rosters import N_ROSTER, SLOT_POSITIONS
from ml.sources.synthetic.rotation import plan_rotations
from ml.sources.synthetic.scene import pick
from ml.sources.synthetic.schedule import Schedule, distances, opening_day
from ml.sources.synthetic.season import stop_games
from ml.sources.synthetic.skills import INDEX, SKILLS, impact, points_per_possession


def five(**skills: float) -> np.ndarray:
    man = np.zeros(len(SKILLS))
    for name, value in ({"use": 1.0, "oreb": 1.0, "dreb": 3.0} | skills).items():
        man[INDEX[name]] = value
    return np.tile(man, (5, 1))


FIFTH = np.full(5, 0.2)


def test_points_of_a_team_that_makes_every_three_by_hand():
    sure = five(make_three=0.98, ft=1.0)
    # A chance: 5.65 % common fouls, a fifth of them for two free throws; else a three
    # that falls 98 times in 100. Misses stay with the offence after a dead ball
    # (0.115 * 0.45) or a rebound (0.885 * own share 0.97 / 3.97).
    kept = 0.115 * 0.45 + 0.885 * 0.97 / 3.97
    again = 0.0565 * 0.8 + 0.9435 * 0.02 * kept
    expected = (0.9435 * 0.98 * 3 + 0.0565 * 0.2 * 2) / (1 - again)
    got = points_per_possession(sure, FIFTH, sure, FIFTH)
    assert got == pytest.approx(expected)


def test_points_of_fouled_shooters_with_good_company_by_hand():
    # Each of five adds 1 % and each opponent takes 0.4 %: 0.90 + 0.05 - 0.02 = 0.93.
    offence = five(make_three=0.90, gravity=0.01, draw=10.0, ft=0.8)
    defence = five(guard=0.004)
    kept = 0.115 * 0.45 + 0.885 * 0.97 / 3.97
    again = 0.0565 * 0.8 + 0.9435 * 0.84 * 0.07 * kept
    # 0.016 * 10 of the threes are fouled; a quarter of those fall, with one free throw.
    shot = 0.84 * 0.93 * 3 + 0.16 * (0.25 * (3 + 0.8) + 0.75 * 3 * 0.8)
    expected = (0.9435 * shot + 0.0565 * 0.2 * 2 * 0.8) / (1 - again)
    got = points_per_possession(offence, FIFTH, defence, FIFTH)
    assert got == pytest.approx(expected)


def test_points_of_a_team_that_always_loses_the_ball_by_hand():
    wild = five(tov=1.0, ft=0.5)
    got = points_per_possession(wild, FIFTH, wild, FIFTH)
    assert got == pytest.approx(0.0565 * 0.2 * 2 * 0.5 / (1 - 0.0565 * 0.8))


def test_impact_is_zero_for_equals_and_signed_for_others():
    players = np.concatenate([five(make_three=0.4, near=0.0) for _ in range(2)])
    offence, defence = impact(players, np.ones(10, dtype=bool))
    assert np.allclose(offence, 0) and np.allclose(defence, 0)
    players[0, INDEX["make_three"]] = 0.5
    players[1, INDEX["guard"]] = 0.01
    offence, defence = impact(players, np.ones(10, dtype=bool))
    assert offence.argmax() == 0
    assert defence.argmax() == 1


def test_pick_follows_its_weights():
    uniform = (np.arange(1000) + 0.5) / 1000
    chosen = pick(np.tile([1.0, 0.0, 3.0, 6.0], (1000, 1)), uniform)
    assert np.bincount(chosen, minlength=4).tolist() == [100, 0, 300, 600]


def test_a_season_of_82_games_is_the_leagues_own():
    games = draw_matchups(82, np.random.default_rng(0))
    assert games.shape == (1230, 2)
    assert (np.bincount(games.ravel(), minlength=30) == 82).all()
    assert np.abs(np.bincount(games[:, 0], minlength=30) - 41).max() <= 1
    pairs = pd.Series(map(tuple, np.sort(games, axis=1))).value_counts()
    assert sorted(pairs.unique()) == [2, 3, 4]
    assert len(pairs) == 30 * 29 / 2


@pytest.mark.parametrize("n_games", [8, 29, 40])
def test_a_short_season_is_even(n_games):
    games = draw_matchups(n_games, np.random.default_rng(0))
    assert (np.bincount(games.ravel(), minlength=30) == n_games).all()
    assert (games[:, 0] != games[:, 1]).all()
    pairs = pd.Series(map(tuple, np.sort(games, axis=1))).value_counts()
    assert pairs.max() == -(-n_games // 29)


def test_names_differ_and_exercise_accents_and_suffixes():
    names = make_names(1500, set(), np.random.default_rng(0))
    assert len({plain(name).lower() for name in names}) == 1500
    assert any(name != plain(name) for name in names)
    assert any(name.endswith((" Jr.", " III")) for name in names)
    assert all(plain(name).isascii() for name in names)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Trey Murphy III", "Murphy III, Trey"),
        ("Léon Šarić", "Saric, Leon"),
        ("D.J. Hayes Jr.", "Hayes Jr., D.J."),
    ],
)
def test_names_in_reports(name, written):
    assert last_first(name) == written


def test_plans_fill_240_minutes_with_five_who_can_start():
    rng = np.random.default_rng(0)
    value = rng.normal(0, 1, (400, N_ROSTER))
    plays = (rng.random(value.shape) < 0.8).astype(np.int64)
    plays[plays.sum(axis=1) < 8] = 1
    plan = plan_rotations(value, plays, rng)
    assert np.allclose(plan.minutes.sum(axis=1), 240)
    assert plan.minutes.max() < 48
    fit = np.take_along_axis(plays, plan.slots, axis=1)
    assert ((plan.minutes > 0) == (fit == 1)).all()
    everybody = plan_rotations(value, np.ones_like(plays), rng)
    starters = SLOT_POSITIONS[everybody.slots[:, :5]]
    assert np.abs(starters - np.arange(5)).mean() < 0.2
    assert (np.sort(everybody.slots, axis=1)[:, 1:] > 0).all()


def test_talent_peaks_and_declines():
    players = Players()
    rng = np.random.default_rng(0)
    players.add(np.repeat(np.arange(5), 200), 2000.0 - rng.uniform(20, 38, 1000), rng)
    players.offence[:] = 0.0
    offence, _ = players.talent(2000.0)
    age = players.age(2000.0)
    prime = offence[(age > 25) & (age < 28)].mean()
    assert prime > offence[age < 22].mean()
    assert prime > offence[age > 34].mean()
    assert offence.mean() == pytest.approx(0, abs=1e-9)


def test_distance_from_boston_to_los_angeles():
    # 2,590 miles by great circle, from any atlas.
    assert distances()[1, 10] == pytest.approx(2590, abs=15)


def test_calendar_words():
    assert opening_day(2023) == date(2023, 10, 17)
    assert season_of_year(1999) == "1999-00"


def test_an_unfinished_season_stops_before_an_evening_with_many_games():
    day = np.array([0] * 6 + [5] * 6 + [6] * 6 + [7] * 3 + [8] * 7 + [9] * 6)
    tipoff = np.full(day.size, 1150)
    tipoff[day == 6] = 900
    schedule = Schedule(day, day, day, tipoff)
    assert stop_games(schedule, 10, 1) == (21, 28)
    assert stop_games(schedule, 10, 2) == (21, 34)
    assert stop_games(schedule, 10, 0) == (21, 21)


def test_correlation_of_two_meetings_by_hand():
    games = pd.DataFrame(
        {
            "season": ["a"] * 4,
            "home_team_id": [1, 2, 3, 4],
            "away_team_id": [2, 1, 4, 3],
        }
    )
    # From the lower team's side 10 and 4, then -10 and 8: (40 - 80) / 2 over 280 / 4.
    margin = pd.Series([10.0, -4.0, -10.0, -8.0])
    margin = margin - 0.0
    mean = margin.mean()
    edges = np.array([10 - mean, -(-4 - mean), -10 - mean, -(-8 - mean)])
    expected = (edges[0] * edges[1] + edges[2] * edges[3]) / 2 / (edges**2).mean()
    assert _meetings_correlation(games, margin) == pytest.approx(expected)


def test_american_odds():
    odds = american(np.array([0.6, 0.5, 0.4]))
    assert odds.tolist() == [-150.0, -100.0, 150.0]
