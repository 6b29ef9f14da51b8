"""The fast ratings beside brute force, and what they may and may not know."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.ratings.player.box import BoxRates, births_of
from ml.ratings.player.design import STATISTICS, BoxDay, build_design, dated
from ml.ratings.player.impact import rate_players
from ml.ratings.player.prior import BoxPrior
from ml.ratings.player.rater import ImpactSettings
from ml.ratings.player.ridge import StintRidge, level_and_score
from ml.ratings.player.season import season_ridge
from tests.impact_league import BIRTHS, DATES, N_PLAYERS, league, one_thread  # noqa: F401


def written_out(design, level, half_life):
    """Every side of every stint in full: attack against defence, home, the score."""
    n = len(design.players)
    last = design.days[-1].date
    rows, target, weight, whole = [], [], [], []
    for day in design.days:
        age = (last - day.date).astype(int)
        for one in range(len(day.points)):
            fives = [day.players[side[one] > 0] for side in (day.home, day.away)]
            possessions = day.possessions[one].mean()
            for side, sign in ((0, 0.5), (1, -0.5)):
                row = np.zeros(2 * n + 4)
                row[fives[side]] = 1
                row[n + fives[1 - side]] = -1
                row[2 * n :] = sign, sign * day.lead[one], 1, abs(day.lead[one])
                rows.append(row)
                expected = level / 100 * day.possessions[one, side]
                scored = day.points[one, side] - expected
                target.append(100 * scored / possessions)
                weight.append(possessions * 0.5 ** (age / half_life))
                whole.append(possessions)
    return np.array(rows), np.array(target), np.array(weight), np.array(whole)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), half_life=st.floats(20, 500), penalty=st.floats(5, 500))
def test_margins_and_totals_equal_the_written_out_regression(seed, half_life, penalty):
    stints, games, _ = league(seed)
    design = build_design(dated(stints, games))
    n = len(design.players)
    rng = np.random.default_rng(seed)
    prior, others = rng.normal(size=(2, n)), rng.normal(size=(2, n))
    chosen = np.sort(rng.permutation(n)[: n - 5])
    X, y, weight, possessions = written_out(design, 110.0, half_life)
    held = np.setdiff1d(np.arange(n), chosen)
    index = np.r_[chosen, n + chosen, 2 * n + np.arange(4)]
    y = y - X[:, np.r_[held, n + held]] @ np.r_[others[0, held], others[1, held]]
    X = X[:, index]
    # The margin's level is the home advantage h, the total's twice the level c; the
    # same goes for what the lead does to them.
    strength = np.diag(np.r_[np.full(2 * len(chosen), penalty), 0.5, 0.5, 2.0, 2.0])
    mean = np.r_[prior[0, chosen], prior[1, chosen], np.zeros(4)]
    inverse = np.linalg.inv((X.T * weight) @ X + strength)
    slow = inverse @ ((X.T * weight) @ y + strength @ mean)
    size = len(chosen)
    data = (X.T * weight) @ X
    # Two causes for which the priors may be wrong.
    causes = rng.normal(size=(2, size, 2))
    loose = rng.uniform(1, 2, size)
    for sign in (1, -1):
        ridge = StintRidge(n, half_life_days=half_life)
        for day in design.days:
            home, away = day.excess(110.0).T
            ridge.add(
                day.date,
                day.players,
                day.home - sign * day.away,
                common=level_and_score(day.lead if sign == 1 else np.abs(day.lead)),
                weight=day.weight,
                outcome=home - sign * away,
            )
        found = ridge.solve(
            chosen,
            prior[0, chosen] + sign * prior[1, chosen],
            others[0] + sign * others[1],
            penalty=penalty,
            noise=2 * 900.0,
            looseness=loose,
            uncertainty=causes[0] + sign * causes[1],
        )
        both = slow[:size] + sign * slow[size : 2 * size]
        np.testing.assert_allclose(found.value, both, atol=1e-7)

        # The covariance of the errors, if deviations from the prior vary by `spread`.
        turn = np.hstack([np.eye(size), sign * np.eye(size), np.zeros((size, 4))])
        moved = turn @ (slow - mean)
        noise = 900.0 * (weight**2 / possessions).sum() / weight.sum()
        of_noise = np.trace(turn @ inverse @ data @ inverse @ turn.T)
        kept = (turn @ inverse @ data)[:, :-4]
        of_players = np.trace(kept * np.r_[loose, loose] @ kept.T)
        implied = 900.0 / penalty
        spread = (moved @ moved - noise * of_noise) / of_players
        spread = np.clip(spread, 0.35 * implied, 2 * implied)
        alone = np.diag(np.r_[np.full(2 * size, penalty), np.zeros(4)])
        deviations = spread * np.diag(np.r_[loose, loose, np.zeros(4)])
        errors = inverse @ (noise * data + alone @ deviations @ alone) @ inverse
        wrong = np.vstack([*causes, np.zeros((4, 2))])
        # Attack and defence are moved by the same causes.
        errors += (inverse @ alone @ wrong) @ (inverse @ alone @ wrong).T
        np.testing.assert_allclose(found.variance, np.diag(turn @ errors @ turn.T))


def test_a_season_of_stints_finds_the_true_ratings():
    truth = np.random.default_rng(1).normal(0, 8, (2, N_PLAYERS))
    stints, games, _ = league(2, n_games=6, stints_per_game=40, truth=truth)
    rated = season_ridge(stints, games, penalty=50.0)
    true = truth[:, rated["player_id"] - 100]
    assert np.corrcoef(rated["off_impact"], true[0])[0, 1] > 0.85
    assert np.corrcoef(rated["def_impact"], true[1])[0, 1] > 0.85
    weighted = rated["off_impact"] @ rated["possessions"]
    assert weighted == pytest.approx(0, abs=1e-6)


def test_a_lead_is_what_it_was_when_the_stint_began():
    stints, games, _ = league(n_games=2)
    # Ten players are not known of the second stint, whose points count all the same.
    stints["away_p5"] = (
        stints["away_p5"].where(stints["stint_idx"] != 1).astype("Int64")
    )
    stints = stints.sample(frac=1, random_state=0)
    design = build_design(dated(stints, games))
    expected = []
    for _, game in stints.sort_values(["game_id", "stint_idx"]).groupby("game_id"):
        lead = 0
        for row in game.itertuples():
            if row.stint_idx != 1 and row.home_poss + row.away_poss > 0:
                expected.append(lead / 10)
            lead += row.home_pts - row.away_pts
    found = np.concatenate([day.lead for day in design.days])
    np.testing.assert_allclose(found, expected)


def test_the_prior_knows_how_little_it_has_seen():
    rng = np.random.default_rng(4)
    prior = BoxPrior(half_life_days=100.0, penalty=30.0)
    features, players = rng.normal(size=(60, 19)), rng.normal(size=(5, 19))
    lead, weight, outcome = (
        rng.normal(size=60),
        rng.uniform(1, 9, 60),
        rng.normal(size=60),
    )
    scored = {"lead": lead, "weight": weight, "outcome": outcome}
    prior.add(DATES[0].to_datetime64(), features, **scored)
    X = np.column_stack([np.ones(60), lead, features])
    strength = np.diag(np.r_[1.0, 1.0, np.full(19, 30.0)])
    inverse = np.linalg.inv((X.T * weight) @ X + strength)
    np.testing.assert_allclose(
        prior.weights(), (inverse @ (X.T * weight) @ outcome)[2:]
    )
    found = prior.uncertainty(players, 900.0)
    expected = 900.0 * players @ inverse[2:, 2:] @ players.T
    np.testing.assert_allclose(found @ found.T, expected)


def test_ratings_know_nothing_that_came_later():
    stints, games, stats = league()
    everything = rate_players(stints, games, stats, BIRTHS)
    for date in DATES:
        early = games[games["game_date"] <= date]
        only = [
            frame[frame["game_id"].isin(early["game_id"])] for frame in (stints, stats)
        ]
        truncated = rate_players(only[0], early, only[1], BIRTHS)
        before = everything[everything["rating_date"] <= date]
        pd.testing.assert_frame_equal(truncated, before, check_exact=True)


def test_a_later_box_score_does_not_touch_the_prior_of_its_own_date():
    stints, games, stats = league()
    last = games["game_id"].iloc[-1]
    changed = stats.copy()
    changed.loc[changed["game_id"] == last, "fg3m"] += 5
    one = rate_players(stints, games, stats, BIRTHS)
    other = rate_players(stints, games, changed, BIRTHS)
    is_last = one["rating_date"] == DATES[-1]
    pd.testing.assert_frame_equal(one[~is_last], other[~is_last], check_exact=True)
    assert not one[is_last]["box_off_impact"].equals(other[is_last]["box_off_impact"])


def test_more_games_more_certainty_and_the_gone_are_dropped():
    stints, games, stats = league(n_games=3)
    rated = rate_players(
        stints, games, stats, BIRTHS, settings=ImpactSettings(active_days=20)
    )
    first = rated[rated["rating_date"] == DATES[0]]
    assert rated["exposure_stint_units"].corr(rated["impact_sd"]) < 0
    final = rated[rated["rating_date"] == DATES[-1]]
    assert final["impact_sd"].mean() < first["impact_sd"].mean()
    tens = stints.merge(games, on="game_id")
    recent = tens[tens["game_date"] >= DATES[-1] - pd.Timedelta("20D")]
    playing = np.unique(recent.filter(regex="_p[1-5]$").to_numpy())
    assert sorted(final["player_id"]) == sorted(playing)


def test_a_game_without_stints_is_one_observation_of_its_box_score():
    stints, games, stats = league(n_games=2)
    stats["min"] = np.random.default_rng(3).integers(0, 40, len(stats))
    missing = games["game_id"].iloc[3]
    stats["has_stints"] = stats["game_id"] != missing
    design = build_design(
        dated(stints[stints["game_id"] != missing], games), dated(stats, games)
    )
    assert [day.n_whole for day in design.days] == [0, 1, *[0] * 10]
    day = design.days[1]
    of_game = stats[(stats["game_id"] == missing) & (stats["min"] > 0)]
    sides = [of_game[of_game["is_home"] == is_home] for is_home in (True, False)]
    possessions = []
    for own, other, on_court, points in zip(
        sides, sides[::-1], (day.home[-1], day.away[-1]), day.points[-1], strict=True
    ):
        expected = dict.fromkeys(day.players, 0.0)
        for player, minutes in zip(own["player_id"], own["min"], strict=True):
            index = list(design.players).index(player)
            expected[index] = 5 * minutes / own["min"].sum()
        np.testing.assert_allclose(on_court, list(expected.values()))
        assert points == own["pts"].sum()
        total = own.sum()
        kept = total["oreb"] / (total["oreb"] + other["dreb"].sum())
        possessions.append(
            total["fga"] + 0.4 * total["fta"] + total["tov"]
            - 1.07 * (total["fga"] - total["fgm"]) * kept
        )  # fmt: skip
    np.testing.assert_allclose(day.possessions[-1], np.mean(possessions))
    assert day.lead[-1] == 0
    # The other game of the date has its stints, and none is lost.
    other = stints[stints["game_id"] == games["game_id"].iloc[2]]
    other = other[other["home_poss"] + other["away_poss"] > 0]
    assert len(day.lead) == len(other) + 1
    np.testing.assert_allclose(day.home.sum(axis=1), 5)


def test_plus_minus_is_the_margin_while_a_player_was_on_court():
    _, games, stats = league()
    rng = np.random.default_rng(5)
    stats["min"] = rng.integers(15, 30, len(stats))
    stats["plus_minus"] = rng.integers(-20, 21, len(stats))
    stats["has_stints"] = False
    # Of the second game it is not known of everybody.
    stats.loc[stats["game_id"] == games["game_id"].iloc[1], "plus_minus"] = np.nan
    design = build_design(dated(league()[0].iloc[:0], games), dated(stats, games))
    assert [day.n_apart for day in design.days] == [1, 0, *[1] * 10]
    day = design.days[0]
    found, total = day.margins(110.0), day.totals(110.0)
    assert len(total.weight) == 1
    of_game = stats[stats["game_id"] == games["game_id"].iloc[0]]
    sides = {
        is_home: of_game[of_game["is_home"] == is_home] for is_home in (True, False)
    }
    for row, player in enumerate(of_game.sort_values("player_id").itertuples()):
        sign = 1 if player.is_home else -1
        mine, theirs = sides[player.is_home], sides[not player.is_home]
        share = 5 * player.min / mine["min"].sum()
        others = mine[mine["player_id"] != player.player_id]
        signs = dict(
            zip(
                others["player_id"],
                np.minimum(4 * others["min"] / others["min"].sum(), 1.0),
                strict=True,
            )
        )
        signs |= dict(
            zip(
                theirs["player_id"],
                -5 * theirs["min"] / theirs["min"].sum(),
                strict=True,
            )
        )
        signs[player.player_id] = 1.0
        expected = [sign * signs[design.players[one]] for one in day.players]
        np.testing.assert_allclose(found.signs[row], expected)
        present = share * day.weight[0]
        assert found.weight[row] == pytest.approx(present / 10)
        assert found.outcome[row] == pytest.approx(
            100 * sign * player.plus_minus / present
        )
    # Without it the game itself is the observation.
    whole = design.days[1].margins(110.0)
    np.testing.assert_array_equal(
        whole.signs, design.days[1].home - design.days[1].away
    )


@pytest.mark.parametrize("side", [True, False])
def test_a_game_of_which_one_side_is_unknown_says_nothing(side):
    _, games, stats = league()
    stats["has_stints"] = False
    first = games["game_id"].iloc[0]
    stats = stats[(stats["game_id"] != first) | (stats["is_home"] == side)]
    stints = league()[0].iloc[:0]
    design = build_design(dated(stints, games), dated(stats, games))
    assert [len(day.lead) for day in design.days] == [0, *[1] * 11]
    rated = rate_players(stints, games, stats, BIRTHS)
    # Nobody has been on court against anybody on the first date.
    assert set(rated["rating_date"]) == set(DATES[1:])


def test_games_without_stints_find_the_true_ratings():
    truth = np.random.default_rng(1).normal(0, 8, (2, N_PLAYERS))
    stints, games, stats = league(2, n_games=25, stints_per_game=40, truth=truth)
    nothing = stints.iloc[:0]
    rated = rate_players(
        nothing, games, stats, BIRTHS, settings=ImpactSettings(penalty=500.0)
    )
    last = rated[rated["rating_date"] == DATES[-1]]
    true = truth[:, last["player_id"] - 100].sum(axis=0)
    assert np.corrcoef(last["impact"], true)[0, 1] > 0.7
    weighted = last["impact"] @ last["exposure_stint_units"]
    assert weighted == pytest.approx(0, abs=1e-6)


def test_ratings_without_stints_know_nothing_that_came_later():
    stints, games, stats = league()
    nothing = stints.iloc[:0]
    everything = rate_players(nothing, games, stats, BIRTHS)
    assert everything["rating_date"].nunique() == len(DATES)
    for date in DATES:
        early = games[games["game_date"] <= date]
        truncated = rate_players(
            nothing, early, stats[stats["game_id"].isin(early["game_id"])], BIRTHS
        )
        before = everything[everything["rating_date"] <= date]
        pd.testing.assert_frame_equal(truncated, before, check_exact=True)


def test_whom_box_scores_hardly_know_may_be_far_from_what_they_say():
    births = births_of(BIRTHS, 100 + np.arange(N_PLAYERS))
    rates = BoxRates(3, half_life_days=245.0, padding_minutes=200.0, births=births)
    counts = np.zeros((2, len(STATISTICS)))
    rates.add(
        DATES[0].to_datetime64(),
        BoxDay(np.array([0, 2]), np.array([600.0, 50.0]), counts),
    )
    found = rates.padding_share(np.arange(3))
    np.testing.assert_allclose(found, [0.25, 1.0, 0.8])
