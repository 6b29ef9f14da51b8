"""Which rows of the warehouse a rating may use, and from when it holds."""

import pandas as pd
import pytest
from impact_league import BIRTHS, league

from ml.impact.warehouse import rate_warehouse

UTC = "datetime64[ns, UTC]"


@pytest.fixture(scope="module")
def tables():
    stints, games, lines = league()
    # Twelve Wednesdays and Sundays in turn.
    days = pd.to_datetime(["2021-11-03", "2021-11-07"])
    dates = [days[one % 2] + pd.Timedelta(weeks=one // 2) for one in range(len(games))]
    games = games.assign(game_date=dates, known_at=pd.DatetimeIndex(dates, tz="UTC"))
    games["known_at"] += pd.Timedelta("27h")
    never = pd.Series(pd.NaT, index=stints.index, dtype=UTC)
    stints = stints.rename(columns={"stint_idx": "stint_index"}).assign(known_at=never)
    lines = lines.assign(known_at=pd.Series(pd.NaT, index=lines.index, dtype=UTC))
    players = BIRTHS.assign(known_at=pd.Series(pd.NaT, index=BIRTHS.index, dtype=UTC))
    return {"games": games, "stints": stints, "lines": lines, "players": players}


def test_a_rating_holds_from_when_its_last_game_was_known(tables):
    rated = rate_warehouse(**tables)
    known_at = tables["games"].set_index("game_date")["known_at"]
    assert rated["rating_date"].nunique() == 12
    assert (rated["event_timestamp"] == rated["rating_date"].map(known_at)).all()


def test_only_wednesdays_and_sundays_are_rated(tables):
    games = tables["games"].copy()
    games.loc[4, "game_date"] += pd.Timedelta("1D")
    rated = rate_warehouse(**{**tables, "games": games})
    assert games.loc[4, "game_date"] not in set(rated["rating_date"])
    assert rated["rating_date"].nunique() == 11


def test_a_date_with_a_game_still_unknown_is_not_rated(tables):
    games = tables["games"].copy()
    games = pd.concat([games, games.iloc[[5]].assign(game_id="later")])
    games["known_at"] = games["known_at"].where(games["game_id"] != "later")
    rated = rate_warehouse(**{**tables, "games": games})
    assert games["game_date"].iloc[5] not in set(rated["rating_date"])


def test_a_corrected_row_keeps_its_first_version(tables):
    stints = tables["stints"]
    wrong = stints.iloc[[3]].assign(
        home_pts=99, known_at=pd.Timestamp("2022-05-01", tz="UTC")
    )
    corrected = pd.concat([stints, wrong], ignore_index=True)
    one = rate_warehouse(**tables)
    other = rate_warehouse(**{**tables, "stints": corrected})
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_rows_that_come_late_count_from_their_arrival(tables):
    stints = tables["stints"].copy()
    game = tables["games"].iloc[2]
    is_late = stints["game_id"] == game["game_id"]
    stints.loc[is_late, "known_at"] = pd.Timestamp("2021-11-14 12:00", tz="UTC")
    one = rate_warehouse(**tables)
    other = rate_warehouse(**{**tables, "stints": stints})
    # Its own date had no other game.
    assert game["game_date"] not in set(other["rating_date"])
    before = other[other["rating_date"] < game["game_date"]]
    same = one[one["rating_date"] < game["game_date"]]
    pd.testing.assert_frame_equal(before, same, check_exact=True)
    after = other["rating_date"] == pd.Timestamp("2021-11-14")
    assert (other.loc[after, "event_timestamp"] >= stints["known_at"].max()).all()
