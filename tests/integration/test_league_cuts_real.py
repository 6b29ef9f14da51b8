"""Cuts of the real league are forecast, however little of it there is."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from ml.jobs.nightly import nightly
from ml.monitor import read_forecasts
from ml.settings import Settings

pytestmark = pytest.mark.real
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def benchmark(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_season_on_its_second_evening_without_three_tables_is_forecast(
    real_league: Path, tmp_path: Path
) -> None:
    season, day = "2023-24", "2023-10-25"
    left_out = ("starters", "player_seasons", "injury_reports")
    as_of = benchmark("league_as_of")
    moment = as_of.moment_of(real_league, day)
    source = as_of.league_as_of(
        real_league,
        tmp_path / "league.sqlite",
        moment,
        first_season=season,
        left_out=left_out,
    )
    settings = Settings(home=tmp_path / "home", threads=2)
    nightly(settings, source, as_of=moment)
    night = json.loads((settings.nights_dir / "last.json").read_text("utf-8"))
    assert (night["status"], night["exit_code"], night["day"]) == ("done", 0, day)
    forecasts = read_forecasts(settings)
    assert len(forecasts) == night["n_games"] > 0
    assert forecasts["home_win_prob"].between(0.2, 0.9).all()
    steps = {step["step"]: step for step in night["steps"]}
    words = steps["models of player_game"]["outcome"]
    assert words.startswith("a player model needs at least 200 games")
