"""Pace ratings: against plain least squares, and that checkpoints change nothing."""

import numpy as np
import pandas as pd
import pytest

from ml.ratings.player.design import dated
from ml.ratings.player.pace import PaceRater, PaceSettings
from ml.ratings.player.pace_design import build_pace_design
from ml.ratings.player.pace_warehouse import PACE_COLUMNS, rate_pace_of_warehouse
from tests.impact_league import DATES, N_PLAYERS, league, one_thread  # noqa: F401

MOMENTS = pd.DatetimeIndex(DATES, tz="UTC") + pd.Timedelta("27h")
DAY = pd.Timedelta("1D")
N_TEAMS = 3
TEN = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]


class Tables:
    """Stints and box scores of a random league; of every third date no stints."""

    def __init__(self, seed=0, truth=None, **shape):
        stints, games, lines = league(seed, **shape)
        stints, lines = dated(stints, games), dated(lines, games)
        rng = np.random.default_rng(seed)
        stints["period"] = 1 + (stints["stint_idx"] // 3).clip(upper=4)
        stints["seconds"] = rng.integers(20, 400, len(stints)).astype(float)
        if truth is not None:
            pace = 98 + truth[stints[TEN].to_numpy() - 100].sum(axis=1)
            possessions = stints["seconds"] * pace / 2880
            stints["home_poss"] = stints["away_poss"] = possessions
        lines = lines.assign(min=rng.integers(20, 28, len(lines)))
        day = (lines["date"] - DATES[0]).dt.days.to_numpy() // 9
        lines["team_id"] = (day + lines["is_home"].to_numpy()) % N_TEAMS
        self.stints = stints[~stints["date"].isin(DATES[::3])]
        self.lines = lines.assign(
            has_stints=lines["game_id"].isin(self.stints["game_id"])
        )
        self.dates = pd.DataFrame(
            {
                "counted_on": DATES,
                "known_at": MOMENTS,
                "is_complete": True,
                "digest": [f"{seed} {date}" for date in DATES],
            }
        )
        self.asked = []

    def rate(self, cache=None):
        self.asked = []

        def after(rows):
            def chosen(day):
                self.asked.append(day)
                return rows if day is None else rows[rows["date"] > day]

            return chosen

        return rate_pace_of_warehouse(
            self.dates, after(self.stints), after(self.lines), cache
        )

    def until(self, number):
        """Forget all dates but the first ones."""
        self.dates = self.dates.iloc[:number]
        last = self.dates["counted_on"].max()
        self.stints = self.stints[self.stints["date"] <= last]
        self.lines = self.lines[self.lines["date"] <= last]
        return self


def _observations(tables):
    """Return pace, seconds, common terms and shares of players, row by row."""
    rows = []
    for (date, game_id), lines in tables.lines.groupby(["date", "game_id"]):
        stints = tables.stints[tables.stints["game_id"] == game_id]
        lead = 0
        for stint in stints.sort_values("stint_idx").itertuples():
            shares = np.zeros(N_PLAYERS + N_TEAMS)
            shares[[getattr(stint, name) - 100 for name in TEN]] = 1
            far = min(abs(lead) / 10, 2.5)
            lead += stint.home_pts - stint.away_pts
            periods = [stint.period == one for one in (2, 3, 4)] + [stint.period > 4]
            common = [1, *periods, far, far * (stint.period == 4), 0]
            possessions = (stint.home_poss + stint.away_poss) / 2
            pace = np.clip(2880 * possessions / stint.seconds, 30, 200)
            rows.append((date, pace, stint.seconds, common, shares))
        if stints.empty:
            minutes = lines["min"].sum()
            overtimes = max(round((minutes / 10 - 48) / 5), 0)
            seconds = 2880 + 300 * overtimes
            shares = np.zeros(N_PLAYERS + N_TEAMS)
            shares[lines["player_id"] - 100] = 10 * lines["min"] / minutes
            # A team is one more who is always on court.
            shares[N_PLAYERS + lines["team_id"].unique()] = 1
            kept = lines["oreb"].sum() / (lines["oreb"] + lines["dreb"]).sum()
            missed = (lines["fga"] - lines["fgm"]).sum()
            ended = (lines["fga"] + 0.4 * lines["fta"] + lines["tov"]).sum()
            possessions = (ended - 1.07 * kept * missed) / 2
            pace = np.clip(2880 * possessions / seconds, 30, 200)
            overtime = 300 * overtimes / seconds
            rows.append((date, pace, seconds, [1, 0, 0, 0, overtime, 0, 0, 1], shares))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return columns[0].astype("datetime64[D]"), *columns[1:]


def test_ratings_are_plain_weighted_ridge_regression():
    tables = Tables(3, n_games=2)
    date, pace, seconds, common, shares = _observations(tables)
    assert {0, 1} == set(common[:, -1])
    rated = tables.rate()
    for last in (DATES[5], DATES[11]):
        now = np.datetime64(last, "D")
        ages = (now - date) / np.timedelta64(1, "D")
        weight = np.where(ages >= 0, seconds * 0.5 ** (ages / 150), 0)
        X = np.hstack([common, shares])
        strength = np.r_[np.ones(8), np.full(N_PLAYERS + N_TEAMS, 60_000.0)]
        slow = np.linalg.solve(
            (X.T * weight) @ X + np.diag(strength), (X.T * weight) @ pace
        )
        found = rated[rated["rating_date"] == last].set_index("player_id")
        minutes = (weight @ shares / 60)[:N_PLAYERS]
        assert set(found.index) == set(100 + np.flatnonzero(minutes > 5))
        at = found.index - 100
        np.testing.assert_allclose(found["pace_impact"], slow[8:][at], atol=1e-7)
        np.testing.assert_allclose(found["exposure_minutes"], minutes[at])
        assert found["pace_impact_sd"].between(0.01, 100).all()


def test_true_paces_are_found_with_enough_of_them():
    truth = np.random.default_rng(5).normal(0, 1, N_PLAYERS)
    tables = Tables(1, truth, n_games=40)
    tables.stints["period"] = 1
    design = build_pace_design(tables.stints, tables.lines.iloc[:0])
    rater = PaceRater(N_PLAYERS, PaceSettings(penalty=100.0))
    for day, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(day, n_known)
    rated = rater.rate(everyone=True)
    his = truth[design.players[rated.index] - 100]
    # Their mean is the level's.
    found = rated.pace - rated.pace.mean()
    np.testing.assert_allclose(found, his - his.mean(), atol=0.05)


def test_on_other_dates_than_the_first_of_a_week_only_who_played_is_rated():
    tables = Tables()
    extra = tables.dates.iloc[[8]].assign(counted_on=DATES[8] + pd.Timedelta("1D"))
    tables.dates = pd.concat([tables.dates, extra], ignore_index=True)
    late = extra["counted_on"].iloc[0]
    for name in ("stints", "lines"):
        rows = getattr(tables, name)
        date = rows["date"].where(rows["date"] != DATES[9], late)
        setattr(tables, name, rows.assign(date=date))
    played = set(tables.lines.loc[tables.lines["date"] == late, "player_id"])
    rated = tables.rate()
    assert set(rated.loc[rated["rating_date"] == late, "player_id"]) == played
    first = set(rated.loc[rated["rating_date"] == DATES[8], "player_id"])
    assert len(played) < len(first) == N_PLAYERS


def test_between_weeks_the_others_are_held_at_their_last_ratings():
    tables = Tables(2)
    design = build_pace_design(tables.stints, tables.lines.iloc[:0])
    rater = PaceRater(N_PLAYERS, PaceSettings())
    *earlier, last = zip(design.days, design.n_known, strict=True)
    for day, n_known in earlier:
        rater.add(day, n_known)
    rater.rate(everyone=True)
    before = rater.last.copy()
    rater.add(*last)
    rated = rater.rate(everyone=False)
    assert set(rated.index) == set(last[0].players)
    held = np.setdiff1d(np.arange(N_PLAYERS), rated.index)
    assert len(held)
    np.testing.assert_array_equal(rater.last[held], before[held])
    common = np.arange(rater.ridge.n_common)
    gram, moment = rater.ridge.gram, rater.ridge.moment
    growth, first = rater.ridge.growth, rater.ridge.n_common
    index = np.r_[common, rated.index + first]
    target = moment[index] - gram[np.ix_(index, held + first)] @ before[held]
    strength = np.r_[np.ones(first), np.full(len(rated.index), 60_000.0)]
    system = gram[np.ix_(index, index)] / growth + np.diag(strength)
    expected = np.linalg.solve(system, target / growth)[first:]
    np.testing.assert_allclose(rated.pace, expected, atol=1e-9)


def test_the_first_ratings_have_standard_deviations_on_whatever_day_they_come():
    tables = Tables()
    # The first complete date of the week has nothing to tell of who played.
    empty = tables.dates.iloc[[0]].assign(
        counted_on=DATES[0] - pd.Timedelta("1D"), known_at=MOMENTS[0] - DAY
    )
    tables.dates = pd.concat([empty, tables.dates], ignore_index=True)
    first = tables.rate().query("rating_date == @DATES[0]")
    assert len(first) == 20
    assert first["pace_impact_sd"].notna().all()


def test_a_date_with_games_to_come_is_not_rated():
    tables = Tables()
    tables.dates.loc[4, "is_complete"] = False
    assert set(tables.rate()["rating_date"]) == set(DATES) - {DATES[4]}


def test_no_rated_date_changes_with_what_came_after_it():
    everything = Tables().rate()
    for number, date in enumerate(DATES, start=1):
        truncated = Tables().until(number).rate()
        before = everything[everything["rating_date"] <= date]
        pd.testing.assert_frame_equal(truncated, before, check_exact=True)


@pytest.mark.parametrize("n_before", [1, 2, 11, 12])
def test_checkpoints_change_no_bit(tmp_path, n_before):
    Tables().until(n_before).rate(tmp_path)
    tables = Tables()
    again = tables.rate(tmp_path)
    assert tables.asked == [np.datetime64(DATES[n_before - 1], "D")] * 2
    pd.testing.assert_frame_equal(again, Tables().rate(), check_exact=True)


def test_another_digest_makes_all_checkpoints_void(tmp_path):
    Tables().rate(tmp_path)
    tables = Tables()
    tables.dates.loc[3, "digest"] = "another"
    tables.rate(tmp_path)
    assert tables.asked == [None, None]


@pytest.mark.parametrize("kind", ["nothing", "no_stints", "too_few_minutes"])
def test_a_league_without_stints_or_box_scores(kind):
    whole = Tables().rate()
    tables = Tables()
    tables.stints = tables.stints.iloc[:0]
    tables.lines["has_stints"] = False
    if kind == "nothing":
        tables.lines, tables.dates = tables.lines.iloc[:0], tables.dates.iloc[:0]
    if kind == "too_few_minutes":
        tables.lines = tables.lines.assign(min=10)
    found = tables.rate()
    assert list(found.columns) == [*PACE_COLUMNS, "event_timestamp"]
    assert found.dtypes.to_dict() == whole.dtypes.to_dict()
    assert found.empty == (kind != "no_stints")
