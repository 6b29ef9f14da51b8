import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import SourceError
from ml.ingest.contract import season_of_year
from ml.sources.nba.payload import (
    duration_seconds,
    official_minutes,
    read_json,
    result_set,
    season_of_game,
    whole_number,
)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<HTML><HEAD><TITLE>Access Denied</TITLE>", "Access Denied"),
        (b'{"game": {"gameId": "00225', "no JSON"),
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"[1, 2]", "[1, 2]"),
        (b"\x1f\x8b\x08\x00half", "gzip"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_answer_is_refused_by_name(body: bytes, found: str) -> None:
    with pytest.raises(SourceError) as error:
        read_json(body, "cdn boxscore")
    assert "cdn boxscore: (whole body)" in error.value.problem
    assert found in error.value.problem


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT31M05.00S", 1865),
        ("PT00M00.00S", 0),
        ("PT240M00.00S", 14400),
        ("PT30M", 1800),
        ("30:49", 1849),
        ("31.000000:05", 1865),
        ("31", 1860),
        (31, 1860),
        ("", 0),
        (None, 0),
    ],
)
def test_minutes_in_every_form(value: object, seconds: float) -> None:
    assert duration_seconds(value) == seconds


@pytest.mark.parametrize("value", ["DNP", "PT", "31:05:00", True, -3, float("nan"), []])
def test_what_is_no_length_of_time(value: object) -> None:
    assert duration_seconds(value) is None


@given(st.integers(0, 70), st.integers(0, 59))
def test_both_forms_of_minutes_say_the_same(minutes: int, seconds: int) -> None:
    long = duration_seconds(f"PT{minutes:02}M{seconds:02}.00S")
    assert long == duration_seconds(f"{minutes}:{seconds:02}")
    assert official_minutes(float(long or 0)) == minutes + (seconds >= 30)


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_come_as_texts_and_floats_too(number: int) -> None:
    forms: list[object] = [number, float(number), str(number), f"{number}.0"]
    assert [whole_number(form) for form in forms] == [number] * 4


@pytest.mark.parametrize("value", [True, 1.5, "1.5", "", None, "x", [], float("inf")])
def test_what_is_no_whole_number(value: object) -> None:
    assert whole_number(value) is None


@given(st.integers(1946, 2045))
def test_a_game_id_tells_its_season(year: int) -> None:
    assert season_of_game(f"002{year % 100:02}00001") == season_of_year(year)


@pytest.mark.parametrize(
    ("field", "value", "read", "told"),
    [
        ("period", "four", "integer", "game.period is four"),
        ("played", "yes", "flag", "game.played is yes"),
        ("played", 1.0, "flag", "game.played is 1.0"),
        ("gameEt", "7:00 pm ET", "wall_clock", "game.gameEt is 7:00 pm ET"),
        ("gameId", "22500775", "game_id", "game.gameId is 22500775"),
        ("minutes", "DNP", "minutes_seconds", "game.minutes is DNP"),
        ("name", 3, "text", "game.name is 3"),
        ("homeTeam", [], "at", "game.homeTeam is []"),
    ],
)
def test_a_changed_field_is_named_with_its_value(
    field: str, value: Any, read: str, told: str
) -> None:
    body = json.dumps({"game": {field: value}}).encode()
    node = read_json(body, "cdn boxscore").at("game")
    with pytest.raises(SourceError) as error:
        getattr(node, read)(field)
    assert f"cdn boxscore: {told}, wanted is" in error.value.problem
    with pytest.raises(SourceError, match=f"game.{field}2 is absent"):
        getattr(node, read)(f"{field}2")


@pytest.mark.parametrize("value", [True, 1, "1", "true", "True"])
def test_booleans_in_every_form(value: Any) -> None:
    body = json.dumps({"played": value}).encode()
    assert read_json(body, "x").flag("played")


def test_the_false_zone_of_eastern_time_is_taken_off() -> None:
    for text in ("2026-01-08T19:00:00Z", "2026-01-08T19:00:00-05:00"):
        node = read_json(json.dumps({"gameEt": text}).encode(), "x")
        assert node.wall_clock("gameEt").isoformat() == "2026-01-08T19:00:00"


def test_a_result_set_says_what_it_lacks() -> None:
    def body(**changes: Any) -> bytes:
        found = {"name": "Log", "headers": ["A", "B"], "rowSet": [[1, 2]]}
        return json.dumps({"resultSets": [found | changes]}).encode()

    frame = result_set(read_json(body(), "log"), "Log", ["B"])
    assert frame.to_dict("list") == {"B": [2]}
    for changes, told in (
        ({"name": "Other"}, r"resultSets is \['Other'\], wanted is a result set 'Log'"),
        ({"headers": ["A", "C"]}, "wanted is headers with B"),
        ({"rowSet": [[1]]}, r"rowSet\[0\] is \[1\], wanted is a row of 2 values"),
        ({"rowSet": None}, "wanted is a list of headers and a list of rows"),
    ):
        with pytest.raises(SourceError, match=told):
            result_set(read_json(body(**changes), "log"), "Log", ["B"])
