"""A season may bring what none has brought: only the impossible stops a build."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from extremes import bring_extremes

from ml.errors import BuildError
from ml.features.build import build_features, run_dbt, warned_tests
from ml.features.unseen import unseen_of_build
from ml.ingest.run import ingest
from ml.ingest.summary import IngestSummary
from ml.settings import Settings
from ml.sources.synthetic import simulate_league


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, IngestSummary]:
    """Build a league of every extreme whose other lines are drawn at random."""
    folder = tmp_path_factory.mktemp("world")
    league = folder / "league.sqlite"
    simulate_league(league, n_seasons=2, random_state=11, n_games_per_team=16)
    bring_extremes(league, random_state=4)
    with closing(sqlite3.connect(league)) as connection, connection:
        # Stints that count possessions otherwise than the box does.
        connection.execute(
            "update impact_lineup_stints set home_poss = 3 * home_poss + 9, "
            "away_poss = 3 * away_poss + 9"
        )
    settings = Settings(home=folder / "home", threads=2)
    summary = ingest(league, settings)
    assert build_features(settings) > 0
    return settings, summary


def test_nothing_that_arithmetic_allows_is_set_aside(
    world: tuple[Settings, IngestSummary],
) -> None:
    _, summary = world
    assert {table.name: table.quarantined for table in summary.tables} == {
        table.name: {} for table in summary.tables
    }
    assert summary.left_out == {}
    told = {(each.table, each.column) for each in summary.unseen}
    assert {("games", "periods"), ("player_game_stats", "pts")} <= told


def test_a_measured_tolerance_is_told_and_stops_nothing(
    world: tuple[Settings, IngestSummary],
) -> None:
    settings, _ = world
    names = [words.split(":")[0] for words in warned_tests(settings)]
    assert "assert_box_possessions_match_stints" in names


def test_what_was_never_seen_is_named(world: tuple[Settings, IngestSummary]) -> None:
    settings, _ = world
    found = unseen_of_build(settings)
    assert found
    assert all(each.whose and each.seen_before for each in found)


def spoil(path: Path, **values: float | None) -> None:
    """Give the first row of a feature file other values."""
    rows = pd.read_parquet(path)
    for name, value in values.items():
        rows[name] = rows[name].astype("Float64" if value is None else "float64")
        rows.loc[0, name] = value
    table = pa.Table.from_pandas(rows, preserve_index=False)
    pq.write_table(table.cast(pq.read_schema(path)), path)


def test_beyond_has_been_passes_and_beyond_can_be_stops(
    world: tuple[Settings, IngestSummary],
) -> None:
    """What a share or a number cannot be stops dbt; a net rating of 500 does not."""
    settings, _ = world
    path = settings.features_dir / "fv_team_form.parquet"
    good = path.read_bytes()
    tests = ("test", "--select", "fv_team_form")
    try:
        spoil(path, net_rating_l5=500.0)
        assert run_dbt(settings, *tests) > 0
        spoil(path, win_pct_l5=1.2, off_rating_l10=float("inf"), games_played=None)
        with pytest.raises(BuildError, match=r"within_meta.*Got 3 results"):
            run_dbt(settings, *tests)
    finally:
        path.write_bytes(good)
