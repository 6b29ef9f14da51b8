"""When players are rated, and that checkpoints change nothing."""

import numpy as np
import pandas as pd
import pytest

from ml.ratings.player.design import dated
from ml.ratings.player.impact_warehouse import rate_warehouse
from tests.impact_league import BIRTHS, DATES, league, one_thread  # noqa: F401

# Every ninth day: in weeks from Sunday, each date is the first of its week.
MOMENTS = pd.DatetimeIndex(DATES, tz="UTC") + pd.Timedelta("27h")


class Tables:
    """The models that ratings are made of, and what was asked for."""

    def __init__(self, seed=0):
        stints, games, lines = league(seed)
        self.stints = dated(stints, games)
        self.lines = dated(lines.assign(has_stints=True), games)
        self.players = BIRTHS.assign(
            known_at=pd.Series(pd.NaT, BIRTHS.index, "datetime64[ns, UTC]")
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

        return rate_warehouse(
            self.dates, after(self.stints), after(self.lines), self.players, cache
        )

    def until(self, number):
        """Forget all dates but the first ones."""
        self.dates = self.dates.iloc[:number]
        last = self.dates["counted_on"].max()
        self.stints = self.stints[self.stints["date"] <= last]
        self.lines = self.lines[self.lines["date"] <= last]
        return self


def test_a_rating_holds_from_when_its_last_game_was_known():
    rated = Tables().rate()
    assert (rated["event_timestamp"] == rated["rating_date"].map(
        dict(zip(DATES, MOMENTS, strict=True))
    )).all()  # fmt: skip
    assert rated["rating_date"].nunique() == len(DATES)


def test_the_first_complete_date_of_a_week_is_rated():
    tables = Tables()
    # Monday 1 November, Wednesday 10 and the day after, in the second week.
    extra = tables.dates.iloc[[1]].assign(counted_on=DATES[1] + pd.Timedelta("1D"))
    tables.dates = pd.concat([tables.dates.drop(2), extra], ignore_index=True)
    for rows in (tables.stints, tables.lines):
        rows.loc[rows["date"] == DATES[2], "date"] = extra["counted_on"].iloc[0]
    assert set(tables.rate()["rating_date"]) == set(DATES) - {DATES[2]}
    tables.dates.loc[1, "is_complete"] = False
    rated = set(tables.rate()["rating_date"])
    assert rated == set(DATES) - {DATES[1], DATES[2]} | {extra["counted_on"].iloc[0]}


def test_no_rated_date_changes_with_what_came_after_it():
    everything = Tables().rate()
    for number, date in enumerate(DATES, start=1):
        truncated = Tables().until(number).rate()
        before = everything[everything["rating_date"] <= date]
        pd.testing.assert_frame_equal(truncated, before, check_exact=True)


@pytest.mark.parametrize("n_before", [1, 2, 11, 12])
def test_checkpoints_change_no_bit(tmp_path, n_before):
    Tables().until(n_before).rate(tmp_path)
    assert len(list(tmp_path.iterdir())) == min(n_before, 2)
    tables = Tables()
    again = tables.rate(tmp_path)
    assert tables.asked == [np.datetime64(DATES[n_before - 1], "D")] * 2
    pd.testing.assert_frame_equal(again, Tables().rate(), check_exact=True)


def test_checkpoints_change_no_bit_where_a_stint_came_late(tmp_path):
    tables, before = Tables(), Tables()
    for one in (tables, before):
        is_late = (one.stints["date"] == DATES[4]) & (one.stints["stint_idx"] > 8)
        one.stints.loc[is_late, "date"] = DATES[5]
    before.until(5).rate(tmp_path)
    again = tables.rate(tmp_path)
    assert tables.asked == [np.datetime64(DATES[4], "D")] * 2
    pd.testing.assert_frame_equal(again, tables.rate(), check_exact=True)


@pytest.mark.parametrize("what", ["a digest", "a birth date", "a file", "the folder"])
def test_a_checkpoint_that_does_not_hold_is_not_used(tmp_path, what):
    Tables().rate(tmp_path)
    tables = Tables()
    if what == "a digest":
        tables.dates.loc[3, "digest"] = "another"
    elif what == "a birth date":
        tables.players.loc[0, "birthdate"] = "1990-01-01"
    elif what == "a file":
        for path in tmp_path.iterdir():
            content = bytearray(path.read_bytes())
            # Longer than what zip files say of an array before its first byte.
            for place in range(len(content) // 2, len(content) // 2 + 400):
                content[place] ^= 255
            path.write_bytes(content)
    else:
        for path in tmp_path.iterdir():
            path.unlink()
        tmp_path.rmdir()
    again = tables.rate(tmp_path)
    assert tables.asked == [None, None]
    fresh = tables.rate()
    pd.testing.assert_frame_equal(again, fresh, check_exact=True)


def test_the_newest_checkpoint_that_holds_is_used(tmp_path):
    Tables().rate(tmp_path)
    tables = Tables()
    tables.dates.loc[11, "digest"] = "a game more"
    tables.rate(tmp_path)
    assert tables.asked == [np.datetime64(DATES[10], "D")] * 2


def without_stints(tables, after=None):
    """Leave the stints out, of all dates or of those after one."""
    gone = tables.stints["date"] > (after or pd.Timestamp(0))
    tables.lines["has_stints"] = ~tables.lines["game_id"].isin(
        tables.stints.loc[gone, "game_id"]
    )
    tables.stints = tables.stints[~gone]
    return tables


def test_a_league_without_games_has_no_ratings_of_the_right_types(tmp_path):
    tables = Tables()
    whole = tables.rate()
    tables.stints, tables.lines = tables.stints.iloc[:0], tables.lines.iloc[:0]
    tables.dates = tables.dates.iloc[:0]
    for cache in (None, tmp_path):
        nothing = tables.rate(cache)
        assert nothing.empty
        assert nothing.dtypes.to_dict() == whole.dtypes.to_dict()


@pytest.mark.parametrize("after", [None, DATES[5]], ids=["never any", "stints stop"])
def test_every_date_with_box_scores_is_rated(after):
    rated, of_stints = without_stints(Tables(), after).rate(), Tables().rate()
    keys = ["rating_date", "player_id"]
    # Newcomers of the last dates too.
    present = set(map(tuple, of_stints[keys].to_numpy()))
    assert present <= set(map(tuple, rated[keys].to_numpy()))
    before = of_stints["rating_date"] <= (after or pd.Timestamp(0))
    early = rated[rated["rating_date"] <= (after or pd.Timestamp(0))]
    pd.testing.assert_frame_equal(early, of_stints[before], check_exact=True)


@pytest.mark.parametrize("n_before", [1, 6, 7, 11])
@pytest.mark.parametrize("after", [None, DATES[5]], ids=["never any", "stints stop"])
def test_checkpoints_change_no_bit_of_ratings_without_stints(tmp_path, after, n_before):
    without_stints(Tables(), after).until(n_before).rate(tmp_path)
    tables = without_stints(Tables(), after)
    again = tables.rate(tmp_path)
    assert tables.asked == [np.datetime64(DATES[n_before - 1], "D")] * 2
    fresh = without_stints(Tables(), after).rate()
    pd.testing.assert_frame_equal(again, fresh, check_exact=True)


def test_a_birth_date_counts_from_the_day_after_it_came():
    late = Tables()
    late.players = late.players.assign(known_at=MOMENTS[5])
    never = Tables()
    never.players = never.players.assign(birthdate=None)
    with_births, without = late.rate(), never.rate()
    is_early = with_births["rating_date"] <= DATES[5]
    pd.testing.assert_frame_equal(
        with_births[is_early], without[is_early], check_exact=True
    )
    assert not with_births[~is_early].equals(without[~is_early])
