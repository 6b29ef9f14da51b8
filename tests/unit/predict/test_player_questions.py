"""What a person may ask of the players, and how wrong questions are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ml.boxscore.sample import BoxSample
from ml.boxscore.sample_files import keep_samples
from ml.boxscore.stats import BOX
from ml.errors import MissingError, SettingsError
from ml.jobs.what_if import _numbered, _pair
from ml.options import as_date, as_utc
from ml.predict.player_slate import PlayerSlate
from ml.predict.questions import Evening
from ml.predict.slate import Slate
from ml.pricing.player_line import price
from ml.report.box_score_tables import SHOWN, team_boxes

PEOPLE = pd.DataFrame(
    {
        "game_id": ["g1", "g1", "g1", "g2", "g2"],
        "player_id": [1, 2, 3, 4, 5],
        "player_name": [
            "Luka Dončić",
            "Tim Hardaway Jr.",
            "Jayson Tatum",
            "Jalen Williams",
            "Jaylin Williams",
        ],
    }
)


@pytest.fixture
def evening() -> Evening:
    slate = Slate(date(2024, 1, 15), datetime(2024, 1, 15, 23, tzinfo=UTC), 2)
    nothing = cast(Any, None)
    players = PlayerSlate(
        day=slate.day,
        name="m",
        model=nothing,
        people=PEOPLE,
        rows=PEOPLE,
        has_played=np.zeros(5, bool),
        is_tonight=np.ones(5, bool),
        features=PEOPLE,
        random_state=0,
    )
    return Evening(slate, players, nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("text", "player_id"),
    [
        ("Luka Doncic", 1),
        ("doncic", 1),
        ("Hardaway, Tim", 2),
        ("tim hardaway", 2),
        (" 3 ", 3),
        ("Jaylin Williams", 5),
    ],
)
def test_a_player_is_found_however_he_is_written(
    evening: Evening, text: str, player_id: int
) -> None:
    assert evening.player(text)["player_id"] == player_id


def test_who_is_not_there_is_told_who_is_near(evening: Evening) -> None:
    with pytest.raises(MissingError, match="nearest: Jayson Tatum"):
        evening.player("Jason Tattoom")
    with pytest.raises(MissingError, match="2 players of game g2"):
        evening.player("Tatum", game_id="g2")
    # Two of one surname: neither is guessed.
    with pytest.raises(MissingError, match="Williams"):
        evening.player("Williams")


def test_nobody_is_taken_for_one_who_has_no_game(evening: Evening) -> None:
    league = {3: "Jayson Tatum", 8: "Jaden Tatum", 9: "Rex Dončić", 10: "Tim Hardaway"}
    evening = replace(evening, names=league)
    for text in ("Jaden Tatum", "Doncic, Rex"):
        with pytest.raises(MissingError, match="not one of the 5 players"):
            evening.player(text)
        with pytest.raises(MissingError, match="not one of the 3 players of game g1"):
            evening.player(text, game_id="g1")
    assert evening.player("J. Tatum")["player_id"] == 3
    # His father is known too, by the same name.
    assert evening.player("Tim Hardaway")["player_id"] == 2
    with pytest.raises(MissingError):
        evening.player("Jayson Tatum", game_id="g2")


def test_half_a_line_cannot_be_a_push() -> None:
    for n_over in range(11):
        drawn = np.array([1] * n_over + [0] * (10 - n_over))
        assert str(price(drawn, "ast", 0.5)["push"]) == "0.0"  # and not -1e-17


def test_a_line_is_priced_by_hand() -> None:
    values = np.array([10, 20, 24, 25, 30, 31, 31, 40])
    found = price(values, "pts", 25.0)
    assert (found["over"], found["push"], found["under"]) == (0.5, 0.125, 0.375)
    # A push gives the stake back: 4 of the 7 that are decided go over.
    assert found["fair_odds_over"] == pytest.approx(7 / 4)
    assert found["fair_odds_under"] == pytest.approx(7 / 3)
    assert found["mean"] == pytest.approx(211 / 8)
    assert price(values > 24, "pts > 24", None)["prob"] == 0.625
    assert "fair_odds_over" not in price(values, "pts", 50.0)


def test_a_yes_or_no_has_no_line() -> None:
    with pytest.raises(SettingsError, match="yes or no"):
        price(np.array([True, False]), "x", 1.5)


def test_a_difference_and_a_weighted_sum_have_lines_too() -> None:
    values = np.array([-6, -2, -2, 0, 3])
    found = price(values, "reb-pts", -2.0)
    assert (found["over"], found["push"], found["under"]) == (0.4, 0.4, 0.2)
    assert found["mean"] == pytest.approx(-7 / 5)
    # The middle value of five fills the half before and behind it.
    assert found["p50"] == pytest.approx(-2.5 + 1.5 / 2)
    weighted = price(values[values >= 0] * 1.5, "1.5*pts", 2.5)
    assert (weighted["mean"], weighted["p50"], weighted["over"]) == (2.25, 2.25, 0.5)


@pytest.mark.parametrize("line", ["nan", "inf", "-inf", "1e400", "1e7", "-0.5"])
def test_a_line_is_a_number_that_could_be_one(line: str) -> None:
    with pytest.raises(SettingsError, match=r"is no line|is below zero"):
        price(np.array([20, 24]), "pts", float(line))


@pytest.mark.parametrize("text", ["²", "٢", "99999999999999999999999", "-1", "1.0"])
def test_what_is_no_id_is_nobody(evening: Evening, text: str) -> None:
    with pytest.raises(MissingError, match="is not one of"):
        evening.player(text)


@pytest.mark.parametrize("year", [1, 1677, 1945, 2101, 9999])
def test_a_year_without_a_league_is_refused(year: int) -> None:
    for read in (as_date, as_utc):
        with pytest.raises(SettingsError, match="no year of the league"):
            read(datetime(year, 1, 1))


def test_minutes_and_places_are_given_by_name() -> None:
    assert _numbered("--minutes", "Jayson Tatum=24") == ("Jayson Tatum", 24.0)
    assert _numbered("--bench", "BOS=-10") == ("BOS", -10.0)
    assert _pair("--starts", "Ann Ace=Bob Big") == ("Ann Ace", "Bob Big")
    for text in ("Tatum", "Tatum=", "Tatum=many", "=24"):
        with pytest.raises(SettingsError, match="such as: --minutes 'Jayson Tatum=24'"):
            _numbered("--minutes", text)
    with pytest.raises(SettingsError, match="such as: --starts"):
        _pair("--starts", "Ann Ace")


def test_kept_draws_are_those_of_the_sample(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    plays = np.array([[True, False], [True, True], [False, True]])
    box = {
        name: (plays * rng.integers(1, 9, plays.shape)).astype(np.int16) for name in BOX
    }
    sample = BoxSample(
        "g", np.array([7, 8]), np.array([70, 80]), np.zeros((3, 2), int),
        np.zeros(3, int), box,
    )  # fmt: skip
    path = tmp_path / "sample.parquet"
    with keep_samples(path) as keep:
        keep(sample)
        assert not path.exists()
    table = pq.read_table(path).to_pandas()
    assert table["draw"].tolist() == [0, 1, 1, 2]
    assert table["player_id"].tolist() == [70, 70, 80, 80]
    assert table["pts"].tolist() == box["pts"][plays].tolist()


def test_a_team_on_the_page_adds_up_and_names_who_is_unlikely() -> None:
    stats = [stat for _, stat in SHOWN]
    players = pd.DataFrame(
        {
            "game_id": "g",
            "team": ["AWY", "AWY", "HOM"],
            "is_home": [False, False, True],
            "player_id": [1, 2, 3],
            "player_name": ["Seldom", "Often", "Home"],
            "play_prob": [0.1, 0.95, 1.0],
            **{f"{stat}_mean": [5.0, 20.0, 30.0] for stat in stats},
            **{f"{stat}_mean_all": [0.5, 19.0, 30.0] for stat in stats},
            **{f"{stat}_p10": [1.2, 9.7, 20.0] for stat in stats},
            **{f"{stat}_p90": [9.0, 29.6, 41.0] for stat in stats},
        }
    )
    away, home = team_boxes(players, "g")
    assert (away["team"], home["team"]) == ("AWY", "HOM")
    assert [row["name"] for row in away["rows"]] == ["Often"]
    assert away["unlikely"] == "Seldom"
    assert away["total"][0] == "19.5"
    assert away["rows"][0]["plays"] == "95%"
    assert away["rows"][0]["cells"][0] == {"mean": "20.0", "range": "10–30"}
