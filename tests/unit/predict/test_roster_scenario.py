"""A roster under a scenario: the SQL of the features, read from other rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ml.errors import MissingError
from ml.predict.roster_scenario import what_if_outlook, what_if_rosters
from ml.predict.what_if import Scenario
from ml.settings import Settings

COMPILED = """
with outlook as (
    select * from "warehouse"."main"."int_roster_outlook"
)

select
    game_id,
    team_id,
    max(forecast_at) as event_timestamp,
    max(forecast_at) as created_timestamp,
    sum(expected_min * impact) as roster_impact,
    sum(1 - play_chance) as absent,
    bool_or(true) as has_report
from outlook
group by game_id, team_id
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "create table int_roster_outlook as select * from (values "
            "('g', 1, 10, now(), 0.5, 15.0, 2.0), ('g', 1, 11, now(), 1.0, 20.0, 1.0), "
            "('g', 2, 20, now(), 1.0, 30.0, 3.0), ('h', 1, 10, now(), 1.0, 30.0, 2.0)) "
            "as t (game_id, team_id, player_id, forecast_at, play_chance, "
            "expected_min, impact)"
        )
    path = settings.manifest.parent / "compiled/tipoff/models/fv_team_roster.sql"
    path.parent.mkdir(parents=True)
    path.write_text(COMPILED, "utf-8")
    return settings


@pytest.fixture
def matchups() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_id": ["g", "h"],
            "home_team_id": [1, 3],
            "away_team_id": [2, 1],
            "home_roster_impact": [100.0, 7.0],
            "away_roster_impact": [90.0, 60.0],
            "diff_roster_impact": [10.0, -53.0],
            "home_elo": [1500.0, 1400.0],
            "home_has_report": [True, False],
        }
    )


def test_who_is_out_takes_his_part_from_his_side_alone(
    settings: Settings, matchups: pd.DataFrame
) -> None:
    found = what_if_rosters(settings, matchups, "g", Scenario(out=(10, 20)))
    # 15 × 2 less at home, 30 × 3 away.
    assert found["home_roster_impact"].tolist() == [70.0, 7.0]
    assert found["away_roster_impact"].tolist() == [0.0, 60.0]
    assert found["diff_roster_impact"].tolist() == [70.0, -53.0]
    assert found["home_elo"].tolist() == [1500.0, 1400.0]
    assert found["home_has_report"].tolist() == [True, False]
    assert found["home_has_report"].dtype == bool
    assert matchups["home_roster_impact"].tolist() == [100.0, 7.0]


def test_given_minutes_are_those_he_is_expected_to_play(
    settings: Settings, matchups: pd.DataFrame
) -> None:
    found = what_if_rosters(settings, matchups, "g", Scenario(minutes={10: 35.0}))
    assert found["home_roster_impact"].tolist() == [100.0 + 20.0 * 2.0, 7.0]
    outlook = pd.DataFrame(
        {"player_id": [10, 11], "play_chance": 0.5, "expected_min": 15.0}
    )
    told = what_if_outlook(outlook, Scenario(out=(11,), minutes={10: 35.0}))
    assert told["play_chance"].tolist() == [1.0, 0.0]
    assert told["expected_min"].tolist() == [35.0, 0.0]
    # A lineup moves what is expected of who may play; nobody plays beyond a game.
    lineup = what_if_outlook(outlook, Scenario(factors={10: 1.2, 11: 9.0}))
    assert lineup["play_chance"].tolist() == [0.5, 0.5]
    assert lineup["expected_min"].tolist() == [18.0, 24.0]


def test_without_compiled_features_the_build_is_asked_for(
    settings: Settings, matchups: pd.DataFrame
) -> None:
    next(settings.manifest.parent.rglob("*.sql")).unlink()
    with pytest.raises(MissingError, match="fv_team_roster"):
        what_if_rosters(settings, matchups, "g", Scenario(out=(10,)))
