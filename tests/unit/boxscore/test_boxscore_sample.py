"""Every draw of a box score adds up, whoever plays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml.boxscore.game_input import GameInput, TeamInput
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.query import evaluate, probability
from ml.boxscore.sample import BoxSample, draw_box_scores
from ml.boxscore.shooting import allocate, draw_makes
from ml.boxscore.stats import BOX, DRAWN
from ml.boxscore.summary import means, quantiles, summarise, tally
from ml.errors import ModelError, SettingsError
from ml.predict.what_if import Scenario, apply_scenario, compare

SPREAD = MinutesSpread(
    knots=np.array([5.0, 20.0, 35.0]),
    levels=np.array([0.05, 0.5, 0.95]),
    residuals=np.array([[-4.0, -1.0, 8.0], [-11.0, 0.0, 11.0], [-9.0, 1.0, 6.0]]),
)
# A statistic that is not named here happens once in fifty minutes.
PER_MINUTE = [
    {
        "fg2m": 0.13,
        "fg2_miss": 0.1,
        "fg3m": 0.06,
        "fg3_miss": 0.07,
        "ftm": 0.07,
        "ft_miss": 0.03,
        "oreb": 0.03,
        "dreb": 0.12,
        "ast": 0.1,
        "stl": 0.03,
        "tov": 0.05,
        "pf": 0.08,
    }.get(name, 0.02)
    for name in DRAWN
]


def side(team: int, n_players: int, rng: np.random.Generator) -> TeamInput:
    minutes = rng.uniform(2.0, 38.0, n_players)
    return TeamInput(
        team_id=team,
        player_id=100 * team + np.arange(n_players),
        play_prob=np.round(rng.uniform(0.0, 1.0, n_players), 1),
        minutes=minutes,
        expected=minutes[:, None]
        * np.array(PER_MINUTE)
        * rng.uniform(0.3, 2.0, (n_players, 1)),
        fixed_minutes=np.full(n_players, np.nan),
    )


def game(seed: int = 0, n_home: int = 12, n_away: int = 13) -> GameInput:
    rng = np.random.default_rng(seed)
    return GameInput("0022300001", side(1, n_home, rng), side(2, n_away, rng))


def final_scores(n_draws: int, seed: int = 0, mean: float = 112.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = np.clip(np.rint(rng.normal(mean, 12.0, (n_draws, 2))), 0, None).astype(int)
    points[:, 0] += points[:, 0] == points[:, 1]
    return points


def assert_adds_up(sample: BoxSample, inputs: GameInput) -> None:
    box = {name: values.astype(int) for name, values in sample.box.items()}
    plays = box["min"] > 0
    length = 48 + 5 * sample.overtimes
    assert set(box) == set(BOX)
    for place, team in enumerate((inputs.home, inputs.away)):
        ours = sample.team_id == team.team_id
        np.testing.assert_array_equal(
            box["pts"][:, ours].sum(axis=1), sample.points[:, place]
        )
        np.testing.assert_array_equal(box["min"][:, ours].sum(axis=1), 5 * length)
        made = box["fgm"][:, ours].sum(axis=1)
        assert (box["ast"][:, ours].sum(axis=1) <= made).all()
        theirs = ~ours
        missed = (box["fga"] - box["fgm"] + box["fta"] - box["ftm"])[:, ours].sum(
            axis=1
        )
        rebounds = box["oreb"][:, ours].sum(axis=1) + box["dreb"][:, theirs].sum(axis=1)
        assert (rebounds <= missed).all()
        lost = box["tov"][:, theirs].sum(axis=1)
        assert (box["stl"][:, ours].sum(axis=1) <= lost).all()
    fg2m = box["fgm"] - box["fg3m"]
    np.testing.assert_array_equal(box["pts"], 2 * fg2m + 3 * box["fg3m"] + box["ftm"])
    np.testing.assert_array_equal(box["reb"], box["oreb"] + box["dreb"])
    for made_, tried in (("fgm", "fga"), ("fg3m", "fg3a"), ("ftm", "fta")):
        assert (box[made_] <= box[tried]).all()
    assert (box["fg3m"] <= box["fgm"]).all()
    assert (box["fg3a"] - box["fg3m"] <= box["fga"] - box["fgm"]).all()
    assert (box["min"] <= length[:, None]).all()
    assert (box["pf"] <= 6).all()
    for values in box.values():
        assert (values >= 0).all()
        assert (values[~plays] == 0).all()


@example(seed=310, n_home=5, n_away=6, mean=3.0)  # half a minute beside overtime
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_home=st.integers(5, 17),
    n_away=st.integers(5, 17),
    mean=st.sampled_from([3.0, 40.0, 112.0, 180.0]),
)
def test_every_draw_adds_up(seed: int, n_home: int, n_away: int, mean: float) -> None:
    inputs = game(seed, n_home, n_away)
    points = final_scores(40, seed, mean)
    sample = draw_box_scores(inputs, points, SPREAD, random_state=seed)
    assert_adds_up(sample, inputs)


def test_who_plays_how_often_is_his_chance_to_a_draw() -> None:
    inputs = game(n_home=14, n_away=14)
    likely = {
        name: replace(one, play_prob=np.linspace(0.82, 0.99, 14))
        for name, one in (("home", inputs.home), ("away", inputs.away))
    }
    sample = draw_box_scores(
        replace(inputs, **likely), final_scores(2000), SPREAD, random_state=3
    )
    chances = np.tile(np.linspace(0.82, 0.99, 14), 2)
    np.testing.assert_allclose(sample.plays.mean(axis=0), chances, atol=1e-3)


def test_no_side_plays_more_than_fifteen_and_who_is_sure_to_play_does() -> None:
    inputs = game(n_home=20, n_away=20)
    chances = np.r_[1.0, 1.0, np.full(18, 0.9)]
    crowded = {
        name: replace(one, play_prob=chances)
        for name, one in (("home", inputs.home), ("away", inputs.away))
    }
    sample = draw_box_scores(
        replace(inputs, **crowded), final_scores(500), SPREAD, random_state=4
    )
    for team in (1, 2):
        ours = sample.team_id == team
        assert sample.plays[:, ours].sum(axis=1).max() == 15
        assert sample.plays[:, ours][:, :2].all()


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.integers(0, 200), min_size=1, max_size=20),
    expected=st.tuples(
        st.floats(0.0, 60.0), st.floats(0.001, 30.0), st.floats(0.001, 40.0)
    ),
    seed=st.integers(0, 1000),
)
def test_makes_are_worth_the_points(
    points: list[int], expected: tuple[float, float, float], seed: int
) -> None:
    scored = np.array(points)
    means = [np.full(len(points), value) for value in expected]
    makes = draw_makes(scored, *means, np.random.default_rng(seed))
    twos, threes, free = makes
    np.testing.assert_array_equal(2 * twos + 3 * threes + free, scored)
    assert min(twos.min(), threes.min(), free.min()) >= 0


def test_allocation_follows_the_weights() -> None:
    weight = np.tile([3.0, 0.0, 1.0], (20_000, 1))
    counts = allocate(np.full(20_000, 8), weight, np.random.default_rng(0))
    assert (counts.sum(axis=1) == 8).all()
    np.testing.assert_allclose(counts.mean(axis=0), [6.0, 0.0, 2.0], atol=0.03)


def test_same_seed_same_draws_and_another_seed_others() -> None:
    one, two, three = (
        draw_box_scores(game(), final_scores(50), SPREAD, random_state=seed)
        for seed in (1, 1, 2)
    )
    assert all((one.box[name] == two.box[name]).all() for name in BOX)
    assert (one.box["pts"] != three.box["pts"]).any()


def test_a_player_out_gives_his_minutes_to_the_others() -> None:
    inputs = game()
    star = int(inputs.home.player_id[inputs.home.minutes.argmax()])
    inputs = apply_scenario(inputs, Scenario(minutes={star: 36.0}))
    points = final_scores(400)
    before = draw_box_scores(inputs, points, SPREAD, random_state=3)
    without = apply_scenario(game(), Scenario(out=(star,)))
    after = draw_box_scores(without, points, SPREAD, random_state=3)
    assert_adds_up(after, without)
    table = compare(before, after)
    his = table[(table["player_id"] == star) & (table["stat"] == "min")].iloc[0]
    assert his["after"] == 0.0
    others = table[(table["team_id"] == 1) & (table["player_id"] != star)]
    gained = others.loc[others["stat"] == "min", "change"].sum()
    assert gained == pytest.approx(his["before"], abs=1e-9)


def test_given_minutes_are_played() -> None:
    player = 103
    inputs = apply_scenario(game(), Scenario(minutes={player: 24.0}))
    sample = draw_box_scores(inputs, final_scores(300), SPREAD, random_state=0)
    minutes = sample.box["min"][:, sample.player_id == player]
    assert (minutes == 24).mean() > 0.99
    assert np.abs(minutes - 24).max() <= 1


def test_more_is_expected_of_who_plays_longer() -> None:
    inputs = game()
    home = inputs.home
    # A team of whom what is expected adds up.
    whole = 240.0 / home.minutes.sum() * home.minutes
    home = replace(home, play_prob=np.ones(12), minutes=whole)
    inputs = replace(inputs, home=home)
    usual = home.minutes
    order = usual.argsort()
    bench, starters = order[:7], order[7:]
    more = 1.0 - 0.4 * usual[bench].sum() / usual[starters].sum()
    factors = {int(who): 1.4 for who in inputs.home.player_id[bench]}
    others = {int(who): more for who in inputs.home.player_id[starters]}
    moved = apply_scenario(inputs, Scenario(factors=factors | others))
    points = final_scores(2000)
    before, after = (
        draw_box_scores(each, points, SPREAD, random_state=0)
        for each in (inputs, moved)
    )
    assert_adds_up(after, moved)
    at_home = before.team_id == 1
    np.testing.assert_array_equal(before.plays[:, at_home], after.plays[:, at_home])
    table = compare(before, after).set_index(["stat", "player_id"])
    his = table[table.index.isin(factors, level="player_id")]
    for stat in ("min", "reb", "fga"):
        sums = his.loc[stat, ["before", "after"]].sum()
        assert sums["after"] / sums["before"] == pytest.approx(1.4, abs=0.1), stat
    # Minutes are drawn still, and the other side is as it was.
    his_minutes = after.box["min"][
        :, after.player_id == inputs.home.player_id[order[6]]
    ]
    assert his_minutes[his_minutes > 0].std() > 3.0
    np.testing.assert_array_equal(moved.away.expected, inputs.away.expected)
    nothing = inputs.home.with_minutes_scaled({})
    np.testing.assert_array_equal(nothing.expected, inputs.home.expected)
    np.testing.assert_array_equal(nothing.minutes, inputs.home.minutes)


def test_nothing_supposed_is_said() -> None:
    with pytest.raises(SettingsError, match="nothing is supposed"):
        Scenario()


def test_a_team_is_not_given_more_minutes_than_a_game_has() -> None:
    five = [int(player) for player in game().home.player_id[:5]]
    apply_scenario(game(), Scenario(minutes=dict.fromkeys(five, 48.0)))
    many = [int(player) for player in game().home.player_id[:6]]
    with pytest.raises(SettingsError, match="288 minutes together"):
        apply_scenario(game(), Scenario(minutes=dict.fromkeys(many, 48.0)))


def test_expressions_read_the_sample() -> None:
    sample = draw_box_scores(game(), final_scores(500), SPREAD, random_state=0)
    box = {name: values.astype(int) for name, values in sample.box.items()}
    total = box["pts"] + box["reb"] + box["ast"]
    np.testing.assert_array_equal(evaluate(sample, "pra"), total)
    np.testing.assert_array_equal(
        evaluate(sample, "pts+reb + ast > 24.5"), total > 24.5
    )
    tens = sum(
        (box[name] >= 10).astype(int) for name in ("pts", "reb", "ast", "stl", "blk")
    )
    np.testing.assert_array_equal(evaluate(sample, "double_double"), tens >= 2)
    np.testing.assert_array_equal(
        evaluate(sample, "pts > 10 and not 2 * reb >= 8"),
        (box["pts"] > 10) & (2 * box["reb"] < 8),
    )
    who = int(sample.player_id[sample.plays.mean(axis=0).argmax()])
    over = probability(sample, who, "pts > 9.5")
    at = sample.player_id == who
    assert over == pytest.approx((box["pts"][:, at] > 9.5)[sample.plays[:, at]].mean())


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "pts.real",
        "points > 3",
        "pts >",
        "pts ** 99",
        "'pts'",
        "pts if 1 else 2",
    ],
)
def test_other_expressions_are_refused(expression: str) -> None:
    sample = draw_box_scores(game(), final_scores(5), SPREAD, random_state=0)
    with pytest.raises(SettingsError):
        evaluate(sample, expression)


def test_quantiles_of_whole_numbers_are_spread_over_a_half() -> None:
    values = np.array([[0, 0, 1, 1, 1, 1, 2, 2, 3, 5], [4] * 10]).T
    counts = tally(values)
    assert counts.tolist() == [[2, 4, 2, 1, 0, 1], [0, 0, 0, 0, 10, 0]]
    assert means(counts).tolist() == pytest.approx([1.6, 4.0])
    assert quantiles(counts, 0.1).tolist() == pytest.approx([0.0, 3.6])
    assert quantiles(counts, 0.5).tolist() == pytest.approx([1.25, 4.0])
    assert quantiles(counts, 0.9).tolist() == pytest.approx([4.5, 4.4])
    # Below zero there is nothing; of nothing nothing is known.
    assert quantiles(counts, 0.05).tolist() == pytest.approx([0.0, 3.55])
    few = tally(values, values == 4)
    assert np.isnan(quantiles(few, 0.5)).tolist() == [True, False]
    assert np.isnan(means(few)).tolist() == [True, False]


def test_summary_agrees_with_the_team() -> None:
    points = final_scores(500)
    sample = draw_box_scores(game(), points, SPREAD, random_state=0)
    table = summarise(sample)
    team_points = table.groupby("team_id")["pts_mean_all"].sum()
    np.testing.assert_allclose(team_points.to_numpy(), points.mean(axis=0))
    team_minutes = table.groupby("team_id")["min_mean_all"].sum()
    np.testing.assert_allclose(team_minutes, 240.0 + 25.0 * sample.overtimes.mean())


def test_a_tie_is_refused() -> None:
    with pytest.raises(ModelError, match="tied"):
        draw_box_scores(game(), np.array([[100, 100]]), SPREAD, random_state=0)


def test_four_players_are_refused() -> None:
    with pytest.raises(ModelError, match="five"):
        side(1, 4, np.random.default_rng(0))


def two_alike(minutes: np.ndarray, expected: np.ndarray) -> tuple[TeamInput, TeamInput]:
    """Two teams of the same players, all of whom play."""
    n = len(minutes)
    nobody = np.full(n, np.nan)
    team = TeamInput(1, np.arange(n), np.ones(n), minutes, expected, nobody)
    return team, replace(team, team_id=2, player_id=np.arange(100, 100 + n))


def test_a_star_and_the_bench_average_what_is_expected() -> None:
    """Bounds and the sum would take minutes from who plays most for the bench."""
    minutes = np.array([36.0, *[30.0] * 4, *[12.0] * 7])
    expected = minutes[:, None] * np.array(PER_MINUTE)
    expected[0] *= 2.0
    team, other = two_alike(minutes, expected)
    sample = draw_box_scores(
        GameInput("g", team, other), final_scores(8000), SPREAD, random_state=1
    )
    drawn = sample.box["pts"][:, :12].mean(axis=0)
    worth = {"fg2m": 2.0, "fg3m": 3.0, "ftm": 1.0}
    aim = sum(points * expected[:, DRAWN.index(name)] for name, points in worth.items())
    shares = (drawn / drawn.sum()) / (aim / aim.sum())
    assert shares[0] == pytest.approx(1.0, abs=0.01)
    assert shares[5:].mean() == pytest.approx(1.0, abs=0.01)
    # 240 minutes of 240 expected: nobody's are moved.
    played = sample.box["min"][sample.overtimes == 0][:, :12].mean(axis=0)
    np.testing.assert_allclose(played, minutes, atol=0.3)


def test_overtimes_are_in_what_is_expected_once() -> None:
    even = np.full(10, 24.0)
    expected = even[:, None] * np.array(PER_MINUTE)
    sides = two_alike(even, expected)
    points = np.tile([[112, 111], [109, 111]], (2000, 1))  # close: many overtimes
    sample = draw_box_scores(
        GameInput("0022300001", *sides), points, SPREAD, random_state=0
    )
    assert sample.overtimes.mean() > 0.1
    for name in ("tov", "ast", "reb"):
        places = [
            DRAWN.index(one) for one in {"reb": ("oreb", "dreb")}.get(name, (name,))
        ]
        wanted = expected[0, places].sum()
        assert sample.box[name].mean() == pytest.approx(wanted, rel=0.01)


def test_filling_a_short_roster_moves_minutes_not_counts() -> None:
    """Counts are expected of a game in which he plays, whoever else turns out."""
    minutes = np.array([35.0, *[27.0] * 4, *[11.0] * 6])  # 209 of 240
    expected = minutes[:, None] * np.array(PER_MINUTE)
    team, other = two_alike(minutes, expected)
    sample = draw_box_scores(
        GameInput("g", team, other), final_scores(6000), SPREAD, random_state=1
    )
    assert sample.box["min"][:, 5:11].mean() > 13.5
    for name in ("tov", "ast"):
        drawn = sample.box[name][:, :11].mean(axis=0)
        shares = drawn / expected[:, DRAWN.index(name)]
        assert shares[5:].mean() / shares[:5].mean() == pytest.approx(1.0, abs=0.03)
    turnovers = sample.box["tov"][:, :11].sum(axis=1).mean()
    wanted = expected[:, DRAWN.index("tov")].sum()
    assert turnovers == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize(
    "expression",
    [
        "pts*20000000",
        "pts*1000*1000*1000",
        "-pts*2000000",
        "pts > 1e400",
        "pts > -1e400",
        "pts + 9999999",
        "1e400",
        "pts > " + "9" * 450,
        "pts > True",
        "double_double + 1",
        "-double_double",
        "(pts > 3) > 2",
        "(pts > 3) == (reb > 2)",
        "not pts",
        "pts and reb",
        "pts > ²",
        "pts² > 3",
        "pts > 3j",
        "pts > None",
        "pts > b'x'",
        "pts > 'nan'",
        "nan",
        "inf",
        "+".join(["pts"] * 100),
        "-" * 450 + "1",
        "not " * 120 + "double_double",
        "(" * 240 + "pts" + ")" * 240,
        "pts" + "[0" * 100,
        "pts\0",
        "pts\ud800",
        "",
        " ",
        "pts = 3",
        "pts := 3",
        "lambda: pts",
        "f'{pts}'",
        "*pts",
        "pts is 1",
        "pts in (1, 2)",
        "pts / 0",
        "pts << 900",
        "pts % 0",
        "await pts",
        "x" * 501,
    ],
)
def test_an_expression_that_asks_too_much_is_refused_at_once(expression: str) -> None:
    sample = draw_box_scores(game(), final_scores(50), SPREAD, random_state=0)
    with pytest.raises(SettingsError) as refusal:
        evaluate(sample, expression)
    assert len(str(refusal.value)) < 2000


def test_what_is_large_but_in_range_is_computed_without_overflow() -> None:
    sample = draw_box_scores(game(), final_scores(50), SPREAD, random_state=0)
    points = sample.box["pts"].astype(float)
    np.testing.assert_array_equal(evaluate(sample, "pts*1000*10"), points * 10_000)
    np.testing.assert_array_equal(
        evaluate(sample, "0 < pts < 1000 > reb"), sample.box["pts"] > 0
    )
