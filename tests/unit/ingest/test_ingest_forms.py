"""The usual ways to write a value all become the contract's; others say no."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.ingest.contract import table
from ml.ingest.forms import date_of, number_of, text_of
from ml.ingest.text import Recoded, decode_blob, decode_text
from ml.ingest.typed import _typed

DUCKDB = duckdb.connect()


def read(name: str, column: str, text: str) -> object:
    contract = table(name)
    found = next(each for each in contract.columns if each.name == column)
    write = text_of if found.kind == "text" else number_of
    query = f"select {write(found, 'value')} from (select $text as value)"
    row = DUCKDB.execute(query, {"text": text}).fetchone()
    assert row is not None
    return row[0]


FORMS = [
    ("games", "game_id", "0022300001", "0022300001"),
    ("games", "game_id", "22300001", "0022300001"),
    ("games", "game_id", "22300001.0", "0022300001"),
    ("games", "game_id", "2230000x", "2230000x"),
    ("games", "season", "2023-24", "2023-24"),
    ("games", "season", "22023", "2023-24"),
    ("games", "season", "42023.0", "2023-24"),
    ("games", "season", "2023-2024", "2023-24"),
    ("games", "season", "2023/24", "2023-24"),
    ("games", "season", "2023", "2023-24"),
    ("games", "season", "1999", "1999-00"),
    ("games", "season", "2023-2026", "2023-2026"),
    ("games", "season", "23-24", "2023-24"),
    ("games", "season", "99/00", "1999-00"),
    ("games", "season", "20232024", "2023-24"),
    ("games", "season", "2023_24", "2023-24"),
    ("games", "season", "2023 - 2024", "2023-24"),
    ("games", "season", "23-26", "23-26"),
    ("games", "season", "20232026", "20232026"),
    ("player_game_stats", "min", "34", 34),
    ("player_game_stats", "min", "34.2", 34.2),
    ("player_game_stats", "min", "34:12", 34.2),
    ("player_game_stats", "min", "34.000000:12", 34.2),
    ("player_game_stats", "min", "PT34M12.00S", 34.2),
    ("player_game_stats", "min", "PT1H02M", 62),
    ("player_game_stats", "min", "34:72", None),
    ("player_game_stats", "min", "00:34:12", 34.2),
    ("player_game_stats", "min", "01:02:00", 62),
    ("player_game_stats", "min", "34:12:00", 34.2),
    ("player_game_stats", "min", "34:12:12", None),
    ("player_game_stats", "min", "PT", None),
    ("player_game_stats", "min", "many", None),
    ("players", "height", "6-9", "6-9"),
    ("players", "height", "6'9\"", "6-9"),
    ("players", "height", "6'9", "6-9"),
    ("players", "height", '6-9"', "6-9"),
    ("players", "height", "6 ft 9 in", "6-9"),
    ("players", "height", "6-09", "6-9"),
    ("players", "height", "6’ 11”", "6-11"),
    ("players", "height", "81", "6-9"),
    ("players", "height", "81.0", "6-9"),
    ("players", "height", "206 cm", "6-9"),
    ("players", "height", "206", "6-9"),
    ("players", "height", "2.06 m", "6-9"),
    ("players", "height", "2.06", "6-9"),
    ("players", "height", "6-13", "6-13"),
    ("players", "height", "tall", "tall"),
    ("players", "height", "120", "120"),
    ("players", "weight", "215", 215),
    ("players", "weight", "215 lbs", 215),
    ("players", "weight", "98 kg", 216),
    ("players", "weight", "heavy", None),
    ("player_seasons", "position", "PG", "PG"),
    ("player_seasons", "position", "pf", "PF"),
    ("player_seasons", "position", "SF-PF", "SF"),
    ("player_seasons", "position", "G", "G"),
    ("player_seasons", "position", "G-F", "SG"),
    ("player_seasons", "position", "Guard-Forward", "SG"),
    ("player_seasons", "position", "F-C", "PF"),
    ("player_seasons", "position", "C-F", "C"),
    ("player_seasons", "position", "Center", "C"),
    ("player_seasons", "position", "coach", "coach"),
    ("injury_reports", "status", "OUT", "Out"),
    ("injury_reports", "status", "Game Time Decision", "Questionable"),
    ("injury_reports", "status", "GTD", "Questionable"),
    ("injury_reports", "status", "Not With Team", "Out"),
    ("injury_reports", "status", "Two-Way", "Two-Way"),
    ("injury_reports", "status", "Out (Left Knee)", "Out"),
    ("injury_reports", "status", "Questionable - Illness", "Questionable"),
    ("injury_reports", "status", "Ques.", "Questionable"),
    ("injury_reports", "status", "Active", "Available"),
    ("injury_reports", "status", "out of shape", "out of shape"),
    ("injury_reports", "matchup", "BOS at LAL", "BOS@LAL"),
    ("injury_reports", "matchup", "BOS @ LAL", "BOS@LAL"),
    ("injury_reports", "matchup", "LAL vs. BOS", "BOS@LAL"),
    ("team_game_stats", "team_abbreviation", "bos", "BOS"),
    ("team_game_stats", "wl", "Win", "W"),
    ("team_game_stats", "wl", "T", "T"),
    ("team_game_stats", "is_home", "true", 1),
    ("team_game_stats", "is_home", "@", 0),
    ("team_game_stats", "is_home", "both", None),
    ("team_game_stats", "pts", "101", 101),
    ("closing_lines", "home_spread", "PK", 0),
    ("closing_lines", "home_spread", "−3½", -3.5),
    ("closing_lines", "home_spread", "BOS -3.5", None),
    ("closing_lines", "total", "o215.5", 215.5),
    ("closing_lines", "moneyline_home", "EVEN", 100),
    ("closing_lines", "moneyline_home", "+150", 150),
    ("player_prop_lines", "line", "Over 24.5", 24.5),
]


@pytest.mark.parametrize(("name", "column", "text", "value"), FORMS)
def test_a_form_is_read(name: str, column: str, text: str, value: object) -> None:
    found = read(name, column, text)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize("minutes", [-0.5, -0.3, 0.0, 0.4])
def test_minutes_that_round_to_none_are_none(minutes: float) -> None:
    column = next(
        each for each in table("player_game_stats").columns if each.name == "min"
    )
    query = f"select {_typed(column, 'DOUBLE')} from (select $minutes::double as min)"
    assert DUCKDB.execute(query, {"minutes": minutes}).fetchone() == (0,)


@given(seconds=st.integers(0, 3600))
@settings(deadline=None, max_examples=25)
def test_every_form_of_a_time_is_the_same_time(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    forms = (
        f"{minutes}:{rest:02d}",
        f"{minutes}.000000:{rest:02d}",
        f"PT{minutes:02d}M{rest:02d}.00S",
        repr(seconds / 60),
    )
    for form in forms:
        found = read("player_game_stats", "min", form)
        assert found == pytest.approx(seconds / 60), form


@given(inches=st.integers(60, 95))
@settings(deadline=None, max_examples=20)
def test_every_form_of_a_height_is_the_same_height(inches: int) -> None:
    feet, rest = divmod(inches, 12)
    forms = (f"{feet}-{rest}", f"{feet}'{rest}\"", str(inches), f"{inches * 2.54} cm")
    found = {read("players", "height", form) for form in forms}
    assert found == {f"{feet}-{rest}"}


@pytest.mark.parametrize(
    ("text", "day_first", "value"),
    [
        ("20240115", "false", date(2024, 1, 15)),
        ("01/15/2024", "false", date(2024, 1, 15)),
        ("1/15/24", "false", date(2024, 1, 15)),
        ("15/01/2024", "true", date(2024, 1, 15)),
        ("JAN 15, 2024", "false", date(2024, 1, 15)),
        ("January 15, 2024", "false", date(2024, 1, 15)),
        ("15 Jan 2024", "false", date(2024, 1, 15)),
        ("15/01/2024", "false", None),
        ("soon", "false", None),
    ],
)
def test_a_date_is_read(text: str, day_first: str, value: date | None) -> None:
    query = f"select ({date_of('$text', day_first=day_first)})::date"
    row = DUCKDB.execute(query, {"text": text}).fetchone()
    assert row == (value,)


@given(st.text())
def test_text_in_utf_8_is_itself(text: str) -> None:
    found = decode_text(text.encode())
    assert found == text
    assert not isinstance(found, Recoded)


def test_other_bytes_are_windows_1252_and_say_so() -> None:
    found = decode_text("Dennis Schröder".encode("latin-1"))
    assert found == "Dennis Schröder"
    assert isinstance(found, Recoded)
    # A byte that Windows-1252 leaves out.
    assert decode_text(b"\x81\xe9") == "\x81é"


def test_an_integer_of_numpy_is_a_number() -> None:
    blob = (1610612738).to_bytes(8, "little")
    assert decode_blob(blob, is_number=True) == "1610612738"
    assert decode_blob("José".encode(), is_number=False) == "José"
