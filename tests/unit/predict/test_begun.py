"""After a matinee the day's files hold it as it was forecast before its tip-off."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ml.pipeline.steps import forecast_day
from ml.predict import gameday as gamedays
from ml.predict import gameday_players, player_slate
from ml.predict.gameday import Gameday
from ml.predict.gameday_players import BoxScores
from ml.predict.slate import Slate
from ml.report.box_score_tables import SHOWN
from ml.report.gameday_page import FACTS
from ml.settings import Settings

DAY = date(2024, 1, 13)
# Tip-offs; the third is not of this day any more when the evening comes.
TIPOFFS = {
    "a matinee": datetime(2024, 1, 13, 18, tzinfo=UTC),
    "another": datetime(2024, 1, 13, 19, tzinfo=UTC),
    "put off": datetime(2024, 1, 13, 19, tzinfo=UTC),
    "unknown": datetime(2024, 1, 13, 19, 30, tzinfo=UTC),
    "evening": datetime(2024, 1, 14, 1, tzinfo=UTC),
}
HAD_BEGUN = "game(s) of this day had begun when this was made;"
NAMES = ("gameday_matchups", "gameday_team_predictions", "gameday_player_predictions")


def frames(
    games: list[str], moment: datetime, middle: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what a forecast says of games, of their features and of their players."""
    ahead = {
        f"{name}_p{level}": middle + level
        for name in ("margin", "total")
        for level in (10, 50, 90)
    }
    named = ("margin_mean", "total_mean", "home_pts_mean", "away_pts_mean")
    spine = pd.DataFrame(
        {
            "game_id": games,
            "season": "2023-24",
            "game_date": pd.Timestamp(DAY),
            "tipoff_at": pd.Series([TIPOFFS[game] for game in games]),
            "forecast_at": pd.Timestamp(moment),
            "home_team": "BOS",
            "away_team": "NYK",
            "is_neutral_site": False,
            "home_has_report": True,
            "away_has_report": True,
        }
    )
    predictions = spine.assign(
        **{"home_win_prob": 0.6, **dict.fromkeys(named, middle), **ahead}
    )
    features = {
        f"{side}_{fact.feature}": middle for fact in FACTS for side in ("home", "away")
    }
    matchups = spine[["game_id", "season", "forecast_at"]].assign(**features)
    stats = {
        f"{stat}_{what}": middle
        for _, stat in SHOWN
        for what in ("mean", "mean_all", "p10", "p90")
    }
    columns = ["game_id", "tipoff_at", "forecast_at"]
    players = pd.concat(
        spine[columns].assign(
            is_home=is_home, team=team, player_id=number, player_name=f"Player {number}"
        )
        for number, (is_home, team) in enumerate(((False, "NYK"), (True, "BOS")))
    )
    order = ["tipoff_at", "game_id", "player_id"]
    players = players.sort_values(order, ignore_index=True)
    return predictions, matchups, players.assign(play_prob=0.9, **stats)


Forecast = Callable[[list[str], datetime, float], Gameday]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def forecast(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Forecast:
    """Forecast games at a moment, with all that a forecast of a day does but models."""
    monkeypatch.setattr(gamedays, "read_catalog", lambda _: None)
    monkeypatch.setattr(gamedays, "note_unseen", lambda *_: None)
    monkeypatch.setattr(gamedays, "describe", lambda names, _: dict.fromkeys(names, ""))
    monkeypatch.setattr(player_slate, "read_player_slate", lambda *_: None)

    def forecast(games: list[str], moment: datetime, middle: float) -> Gameday:
        is_of_day = [each for each in TIPOFFS if each in games or each != "put off"]
        begun = tuple(game for game in is_of_day if TIPOFFS[game] <= moment)
        slate = Slate(DAY, moment, len(games), is_asked=True, begun=begun)
        predictions, matchups, players = frames(games, moment, middle)
        keys = players[["game_id", "player_id"]]
        lines = BoxScores(str(middle), players, keys, keys, None)
        drawn: Any = None
        made = Gameday(slate, str(middle), matchups, predictions, drawn)
        monkeypatch.setattr(gamedays, "forecast_slate", lambda *_: made)
        monkeypatch.setattr(
            gameday_players, "forecast_box_scores", lambda *_, keep: lines
        )
        return forecast_day(settings, slate, is_latest=False)

    return forecast


def exported(settings: Settings, name: str) -> dict[str, list[str]]:
    """Return a table's CSV lines by game, in order."""
    path = settings.exports_dir / f"{name}_{DAY}.csv"
    found: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines()[1:]:
        found.setdefault(line.split(",")[0], []).append(line)
    records = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert [row["game_id"] for row in records] == [
        game for game, lines in found.items() for _ in lines
    ]
    return found


def test_games_that_had_begun_stay_as_they_were_forecast_before(
    settings: Settings, forecast: Forecast
) -> None:
    moment = datetime(2024, 1, 13, 15, 30, tzinfo=UTC)
    ahead = ["a matinee", "another", "put off", "evening"]
    forecast(ahead, moment, 1.25)
    morning = {name: exported(settings, name) for name in NAMES}
    assert all([*each] == ahead for each in morning.values())

    # Before the second game; of the same moment, the model that came last counts.
    for middle in (2.5, 3.5):
        noon = forecast(ahead[1:], moment.replace(hour=18), middle)
    assert list(noon.notes) == [f"1 {HAD_BEGUN} they stand as forecast before tip-off."]
    noon_tables = {name: exported(settings, name) for name in NAMES}

    evening = forecast(["evening"], moment.replace(hour=22), 4.5)
    assert list(evening.notes) == [
        f"2 {HAD_BEGUN} they stand as forecast before tip-off.",
        f"1 {HAD_BEGUN} nothing was forecast of them before.",
    ]
    for name in NAMES:
        now = exported(settings, name)
        assert [*now] == ["a matinee", "another", "evening"]
        assert now["a matinee"] == morning[name]["a matinee"]
        assert now["another"] == noon_tables[name]["another"]
        assert "3.5" in now["another"][0] and "4.5" in now["evening"][0]
    page = (settings.exports_dir / f"gameday_{DAY}.html").read_text("utf-8")
    assert "3 games." in page and page.count("<details") == 3
    assert json.loads(settings.last_run.read_text("utf-8"))["n_games"] == 3


def test_a_game_without_its_players_has_no_box_score(
    settings: Settings, forecast: Forecast
) -> None:
    moment = datetime(2024, 1, 13, 15, 30, tzinfo=UTC)
    forecast(["a matinee", "evening"], moment, 1.5)
    (settings.forecasts_dir / "players" / f"{DAY}.parquet").unlink()
    forecast(["evening"], moment.replace(hour=22), 4.5)
    assert [*exported(settings, NAMES[1])] == ["a matinee", "evening"]
    assert [*exported(settings, NAMES[2])] == ["evening"]
    page = (settings.exports_dir / f"gameday_{DAY}.html").read_text("utf-8")
    assert page.count("<details") == 1
