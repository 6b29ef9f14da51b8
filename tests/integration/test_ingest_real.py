"""The nine real seasons: every row is stored or put aside for a reason seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary
from ml.settings import Settings

pytestmark = pytest.mark.real

ROWS = {
    "teams": 30,
    "players": 1_348,
    "games": 11_499,
    "team_game_stats": 22_174,
    "player_game_stats": 235_376,
    "player_seasons": 4_817,
    "starters": 114_794,
    "impact_lineup_stints": 351_214,
    "injury_reports": 65_397,
    "transactions": 8_597,
    "closing_lines": 11_496,
    "player_prop_lines": 28_769,
}
# Stints: 18 of negative points, seven beside them of far too many points for their
# possessions (one of 110), and ten with a player (2748) whom players lacks.
# Reports: the eight of the All-Star games, under the heading "Non-NBA Team".
QUARANTINED = {
    "impact_lineup_stints": {
        "out_of_range": 18,
        "unknown_player": 10,
        "impossible_points": 7,
    },
    "injury_reports": {"unknown_team": 8},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def summary(real_league: Path, home: Path) -> IngestSummary:
    return ingest(real_league, Settings(home=home, threads=2))


def test_rows_in_are_rows_stored_and_put_aside(summary: IngestSummary) -> None:
    assert {table.name: table.found for table in summary.tables} == ROWS
    assert {
        table.name: table.quarantined for table in summary.tables if table.quarantined
    } == QUARANTINED
    for table in summary.tables:
        assert table.new + table.n_quarantined == table.found


def test_nearly_every_report_resolves(summary: IngestSummary) -> None:
    n_unresolved = sum(name.n_rows for name in summary.unresolved)
    assert n_unresolved / summary.n_reports < 0.01
    # None of the ten people left over is in players: they never played.
    assert len({name.player for name in summary.unresolved}) == 10


def test_the_second_run_reports_no_change(
    real_league: Path, home: Path, summary: IngestSummary
) -> None:
    again = ingest(real_league, Settings(home=home, threads=2))
    assert again.is_repeat
    assert again.tables == summary.tables
