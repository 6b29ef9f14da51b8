"""Games of the day that were set aside are named; another day does not take theirs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from feature_home import make_home

from ml.errors import SetAsideError
from ml.ingest.ingest_log import _TABLES
from ml.ingest.quarantine import games_set_aside, left_out_notes, set_aside_error
from ml.predict.slate import find_slate, games_missing
from ml.settings import Settings

LAST_DAY = date(2024, 2, 9)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """All games of this home have been played."""
    settings = make_home(tmp_path / "home")
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema raw")
        for name in ("quarantine", "ingests"):
            warehouse.execute(f"create table raw.{name} ({_TABLES[name]})")
        warehouse.execute("create table raw.games as from fct_team_matchups")
    return settings


def set_aside(settings: Settings, game_id: str, day: str, **values: object) -> None:
    """Put a row of the schedule into the quarantine."""
    row = {"game_id": game_id, "game_date": day, "home_pts": None} | values
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "insert into raw.quarantine values ('games', 'unknown_team', "
            "['unknown_team'], '{}', ?, 'league.sqlite', timestamp '2024-02-10', "
            "['away_team_id'])",
            [json.dumps({"away_pts": None, "tipoff_et": None} | row)],
        )


def test_the_last_day_is_not_forecast_instead(settings: Settings) -> None:
    assert find_slate(settings).day == LAST_DAY
    set_aside(settings, "0022300900", "2024-02-11")
    with pytest.raises(SetAsideError, match="game 0022300900 of 2024-02-11") as raised:
        find_slate(settings)
    assert raised.value.exit_code == 23
    assert "unknown_team (away_team_id)" in raised.value.problem


@pytest.mark.parametrize(
    ("game_id", "day", "values"),
    [
        ("0022300900", "2024-01-11", {}),
        ("0022300900", "2024-02-11", {"home_pts": "101", "away_pts": "99"}),
        ("000000", "2024-02-11", {}),
    ],
    ids=["long past", "with a result", "stored before"],
)
def test_what_is_not_to_come_is_not_missing(
    settings: Settings, game_id: str, day: str, values: dict[str, object]
) -> None:
    set_aside(settings, game_id, day, **values)
    assert find_slate(settings).day == LAST_DAY


def test_a_date_that_cannot_be_read_may_be_today(settings: Settings) -> None:
    set_aside(settings, "0022300900", "2024-02-31")
    (game,) = games_set_aside(settings, LAST_DAY, LAST_DAY)
    assert str(game) == (
        "game 0022300900 of an unreadable date: unknown_team (away_team_id)"
    )
    set_aside(settings, "0022300901", "soon", tipoff_et="2024-03-01 19:00")
    assert len(games_set_aside(settings, LAST_DAY, LAST_DAY)) == 1


def test_a_day_that_lacks_a_game_says_so(settings: Settings) -> None:
    slate = find_slate(settings)
    assert set_aside_error(games_missing(settings, slate)) is None
    set_aside(settings, "0022300900", str(LAST_DAY))
    set_aside(settings, "0022300901", "2024-02-12")
    (game,) = games_missing(settings, slate)
    assert game.game_id == "0022300900"


def test_a_home_without_a_ledger_has_no_notes(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home")
    assert left_out_notes(settings) == []
    assert games_set_aside(settings, None, None) == ()
