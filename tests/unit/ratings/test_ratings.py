"""Team ratings against hand-worked values and what must hold for any league."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.metrics.baseline import elo_differences
from ml.ratings.team import elo_gain, rate_teams

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2023-11-01T03:00Z")


def game(number, home, away, home_pts, away_pts, **changed):
    known_at = START + number * DAY
    return {
        "game_id": f"{number:03d}{home}",
        "season": "2023-24",
        "home_team_id": home,
        "away_team_id": away,
        "is_neutral_site": False,
        "known_at": known_at,
        "home_pts": home_pts,
        "away_pts": away_pts,
        "home_rating": np.nan,
        "away_rating": np.nan,
        "pace": np.nan,
        "valid_from": known_at,
        "valid_until": pd.NaT,
    } | changed


def openings(*rows):
    frame = pd.DataFrame(rows, columns=["season", "opens_at"])
    return frame.astype({"opens_at": "datetime64[ns, UTC]"})


def rate(games, *opened):
    frame = pd.DataFrame(games)
    frame["valid_until"] = pd.to_datetime(frame["valid_until"], utc=True)
    return rate_teams(frame, openings(*opened))


def at(ratings, team, stamp):
    known = ratings.loc[
        (ratings["team_id"] == team) & (ratings["event_timestamp"] <= stamp)
    ]
    return known.sort_values("event_timestamp").iloc[-1]


def test_one_home_win_by_ten_moves_elo_by_its_surprise():
    # p = 1 / (1 + 10^(-70/400)) = 1 / 1.66834 = .59940; 13^.8 = 7.78314;
    # 20 * 7.78314 / (7.5 + .42) * (1 - .59940) = 7.8736.
    assert elo_gain(70, 10, 20) == pytest.approx(7.8736, abs=1e-3)
    # The away side wins by 10: -20 * 7.78314 / (7.5 - .42) * .59940.
    assert elo_gain(70, -10, 20) == pytest.approx(-13.1785, abs=1e-3)


def test_first_game_of_all_by_hand():
    ratings = rate([game(0, 1, 2, 110, 100)])
    home, away = at(ratings, 1, START), at(ratings, 2, START)
    assert home.elo == pytest.approx(1507.8736, abs=1e-3)
    assert away.elo == pytest.approx(1492.1264, abs=1e-3)
    # Expected 103.25 to 100.75: the surprises are +6.75 and -0.75.
    assert (home.attack, home.defense) == pytest.approx((0.27, -0.03))
    assert (away.attack, away.defense) == pytest.approx((-0.03, 0.27))
    assert home.league_pts == pytest.approx(102 + 0.01 * 3.0)


def boxed(number, home, away, *rates):
    names = ("home_rating", "away_rating", "pace")
    return game(number, home, away, 110, 100, **dict(zip(names, rates, strict=True)))


def test_first_box_score_of_all_by_hand():
    ratings = rate([boxed(0, 1, 2, 115, 104, 100)])
    home, away = at(ratings, 1, START), at(ratings, 2, START)
    # Expected 106.2 to 103.8: the surprises are +8.8 and +0.2.
    step = 1 - 0.5**0.1
    assert (home.adj_off_rating_h10, home.adj_def_rating_h10) == (
        pytest.approx((8.8 * step, 0.2 * step))
    )
    assert (away.adj_off_rating_h10, away.adj_def_rating_h10) == (
        pytest.approx((0.2 * step, 8.8 * step))
    )
    # Expected 97: both sides move by the same.
    assert home.adj_pace_h8 == away.adj_pace_h8 == pytest.approx(3 * (1 - 0.5**0.125))
    assert home.adj_pace_h25 == pytest.approx(3 * (1 - 0.5**0.04))


def test_a_game_without_a_box_leaves_efficiency_and_pace_as_they_were():
    first = boxed(0, 1, 2, 115, 104, 100)
    alone = rate([first])
    ratings = rate([first, game(1, 1, 2, 140, 90), game(2, 3, 1, 90, 100)])
    later = at(ratings, 1, START + 2 * DAY)
    assert later.attack != at(alone, 1, START).attack
    for name in ("adj_off_rating_h10", "adj_def_rating_h60", "adj_pace_h8"):
        assert later[name] == at(alone, 1, START)[name]
        assert np.isnan(at(ratings, 3, START + 2 * DAY)[name])


def test_beating_a_strong_defence_counts_for_more():
    games = [boxed(day, 1, 2, 90, 90, 97) for day in range(10)]
    against_strong = rate([*games, boxed(10, 3, 2, 105, 105, 97)])
    against_new = rate([*games, boxed(10, 3, 4, 105, 105, 97)])
    stamp = START + 10 * DAY
    assert (
        at(against_strong, 3, stamp).adj_off_rating_h10
        > at(against_new, 3, stamp).adj_off_rating_h10
    )


def test_neutral_site_gives_no_home_advantage():
    ratings = rate([game(0, 1, 2, 102, 102 - 4, is_neutral_site=True)])
    # 20 * 7^.8 / 7.5 * .5
    assert at(ratings, 1, START).elo == pytest.approx(1506.325, abs=1e-3)
    assert at(ratings, 1, START).attack == 0


def test_a_season_opens_regressed():
    opens_at = START + 100 * DAY
    ratings = rate([game(0, 1, 2, 110, 100)], ("2024-25", opens_at))
    opened = at(ratings, 1, opens_at)
    assert opened.season == "2024-25"
    assert opened.elo == pytest.approx(1505 + 0.75 * (1507.8736 - 1505), abs=1e-3)
    assert opened.attack == pytest.approx(0.6 * 0.27)
    assert opened.games_rated == 1


def test_games_known_at_the_same_moment_do_not_see_each_other():
    together = rate([game(0, 1, 2, 130, 100), game(0, 3, 4, 99, 98)])
    alone = rate([game(0, 3, 4, 99, 98)])
    for column in ("elo", "attack", "defense"):
        assert at(together, 3, START)[column] == at(alone, 3, START)[column]


def test_a_correction_restates_from_its_moment_and_leaves_the_past():
    moment = START + 1.5 * DAY
    later = game(2, 1, 3, 90, 100)
    wrong = game(0, 1, 2, 110, 100, valid_until=moment)
    right = game(0, 1, 2, 112, 100, valid_from=moment)
    corrected = rate([wrong, right, later])
    before = rate([game(0, 1, 2, 110, 100), later])
    after = rate([game(0, 1, 2, 112, 100), later])
    assert at(corrected, 1, START).elo == at(before, 1, START).elo
    assert at(corrected, 1, moment).elo == at(after, 1, START).elo
    assert at(corrected, 3, later["known_at"]).elo == (
        at(after, 3, later["known_at"]).elo
    )
    assert not corrected.duplicated(["team_id", "event_timestamp"]).any()


seasons = st.lists(
    st.tuples(
        st.permutations([1, 2, 3, 4]), st.integers(80, 130), st.integers(80, 130)
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(seasons, st.integers(0, 24))
def test_later_results_change_no_earlier_rating_and_elo_is_conserved(rows, cut):
    games = [
        game(number, teams[0], teams[1], home_pts, away_pts)
        for number, (teams, home_pts, away_pts) in enumerate(rows)
    ]
    whole = rate(games)
    kept = games[: cut + 1]
    part = rate(kept)
    seen = whole.loc[whole["event_timestamp"] <= kept[-1]["known_at"]]
    pd.testing.assert_frame_equal(seen.reset_index(drop=True), part, check_exact=True)
    newest = whole.groupby("team_id")["elo"].last()
    assert newest.sum() == pytest.approx(1500 * len(newest))


def test_elo_agrees_with_the_baselines_own_over_three_seasons():
    chance = np.random.default_rng(0)
    games, opened = [], []
    for year in range(3):
        opens_at = START + 300 * year * DAY - DAY
        opened.append((f"season {year}", opens_at))
        for number in range(60):
            home, away = (int(team) for team in chance.choice(6, 2, replace=False))
            scores = chance.integers(80, 130, 2)
            games.append(
                game(300 * year + number, home, away, scores[0], scores[1] + 0.5)
                | {"season": f"season {year}"}
            )
    frame = pd.DataFrame(games)
    baseline = elo_differences(frame.assign(game_date=frame["known_at"].dt.date))
    ratings = rate(games, *opened)
    for row, expected in zip(games, baseline, strict=True):
        before = row["known_at"] - pd.Timedelta(hours=3)
        home = elo_before(ratings, row["home_team_id"], before)
        away = elo_before(ratings, row["away_team_id"], before)
        assert home + 70 - away == pytest.approx(expected, abs=1e-9)


def elo_before(ratings, team, stamp):
    mine = ratings["team_id"] == team
    if not (mine & (ratings["event_timestamp"] <= stamp)).any():
        return 1500.0
    return at(ratings, team, stamp).elo
