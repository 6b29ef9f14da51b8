"""Players' forecasts: the log, grades by hand, right ones pass, wrong ones do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.boxscore.stats import BOX
from ml.monitor import alarm
from ml.monitor.player_forecast_log import (
    GRADED,
    log_player_forecasts,
    read_player_forecasts,
)
from ml.monitor.player_grades import (
    grade_player_rows,
    grade_players,
    player_windows,
)
from ml.monitor.player_signals import player_signals
from ml.settings import Settings

_GAMES_A_DAY, _PLAYERS = 7, 13


def forecasts_and_lines(
    n_days: int, *, random_state: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecasts that are right, and what the players did."""
    rng = np.random.default_rng(random_state)
    days = pd.date_range("2022-10-18", periods=n_days)
    keys = pd.MultiIndex.from_product(
        [range(n_days), range(_GAMES_A_DAY), range(2), range(_PLAYERS)],
        names=["day", "game", "side", "place"],
    ).to_frame(index=False)
    n = len(keys)
    team = 2 * keys["game"] + keys["side"]
    rows = pd.DataFrame(
        {
            "game_id": (100 * keys["day"] + keys["game"]).map("{:010d}".format),
            "team_id": team,
            "player_id": 100 * team + keys["place"],
            "season": "2022-23",
            "game_date": days[keys["day"]],
            "model": "player_game_2022-10-01_0",
            "play_prob": np.tile(np.linspace(0.2, 1.0, _PLAYERS), n // _PLAYERS),
            "played_share_l10": 0.5,
        }
    )
    rows["tipoff_at"] = rows["game_date"].dt.tz_localize("UTC") + pd.Timedelta(hours=23)
    rows["forecast_at"] = rows["tipoff_at"] - pd.Timedelta(hours=1)
    lines = rows[["game_id", "team_id", "player_id", "season", "game_date"]].copy()
    plays = rng.random(n) < rows["play_prob"]
    for stat, mean in {
        "min": 24.0,
        "pts": 11.0,
        "reb": 4.0,
        "ast": 3.0,
        "fg3m": 1.0,
    }.items():
        draws = rng.poisson(mean, (n, 60))
        lines[stat] = np.where(plays, rng.poisson(mean, n), 0)
        rows = _with(rows, stat, draws)
    lines.loc[plays, "min"] = lines.loc[plays, "min"].clip(lower=1)
    pra = lines["pts"] + lines["reb"] + lines["ast"]
    lines = lines.assign(**{name: lines.get(name, 0) for name in BOX})
    assert (pra >= 0).all()
    return _with(rows, "pra", rng.poisson(18.0, (n, 60))), lines


def _with(rows: pd.DataFrame, stat: str, draws: np.ndarray) -> pd.DataFrame:
    points = np.quantile(draws, [0.1, 0.5, 0.9], axis=1)
    return rows.assign(
        **{
            f"{stat}_mean": draws.mean(axis=1),
            f"{stat}_p10": points[0],
            f"{stat}_p50": points[1],
            f"{stat}_p90": points[2],
            f"{stat}_counts": [np.bincount(row) for row in draws],
        }
    )


@pytest.fixture(scope="module")
def month() -> tuple[pd.DataFrame, pd.DataFrame]:
    return forecasts_and_lines(45)


def levels(forecasts: pd.DataFrame, lines: pd.DataFrame) -> list[alarm.Night]:
    grades = grade_player_rows(forecasts, lines)
    return alarm.alarm_history(grades, player_signals, at_once=alarm.AT_ONCE)


def test_a_players_grades_are_those_worked_by_hand(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, lines = month
    who = forecasts["player_id"] == forecasts["player_id"].iloc[_PLAYERS - 1]
    one = forecasts[who].iloc[:2].copy()
    ours = lines[lines["player_id"].isin(one["player_id"])].iloc[:2].copy()
    one[["play_prob", "pts_mean", "pts_p10", "pts_p90"]] = [0.8, 12.0, 8.0, 15.0]
    one["pts_counts"] = [np.array([0] * 8 + [1, 0, 0, 0, 2, 0, 0, 1])] * 2
    ours[["min", "pts"]] = [[30.0, 10.0], [32.0, 16.0]]
    first, second = grade_player_rows(one, ours).to_dict("records")
    assert first["has_played"] and np.isnan(first["pts_mae"])  # nothing came before
    assert second["play_log_loss"] == pytest.approx(-np.log(0.8))
    assert second["baseline_play_log_loss"] == pytest.approx(np.log(2))
    assert (second["pts_error"], second["pts_mae"]) == (4.0, 4.0)
    assert second["baseline_pts_mae"] == 6.0
    assert (second["pts_inside"], second["pts_inside_prob"]) == (0.0, 1.0)
    # Σ (F(k) - [16 ≤ k])² of draws 8, 12, 12, 15: 4 × .25² + 3 × .75² + 1.
    assert second["pts_crps"] == pytest.approx(4 * 0.0625 + 3 * 0.5625 + 1.0)
    assert second["baseline_pts_crps"] == 6.0


def test_who_did_not_play_is_graded_on_that_alone(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    grades = grade_player_rows(*month)
    absent = grades[~grades["has_played"]]
    assert absent["play_log_loss"].notna().all()
    assert absent[[f"{stat}_mae" for stat in GRADED]].isna().all().all()
    unfinished = month[1][month[1]["game_id"] != month[1]["game_id"].iloc[0]]
    assert len(grade_player_rows(month[0], unfinished)) == len(grades) - 2 * _PLAYERS


def test_the_first_night_has_nothing_to_grade_yet(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, lines = month
    assert grade_player_rows(forecasts, lines.iloc[:0]).empty
    is_first = forecasts["game_date"] == forecasts["game_date"].min()
    later = lines[~lines["game_id"].isin(forecasts.loc[is_first, "game_id"])]
    assert grade_player_rows(forecasts[is_first], later).empty


def test_a_sound_month_of_players_raises_no_alarm() -> None:
    for seed in range(4):
        nights = levels(*forecasts_and_lines(45, random_state=seed))
        assert {night.level for night in nights} <= {"healthy", "watch"}


@pytest.mark.parametrize("fault", ["plays", "minutes", "points"])
def test_a_planted_fault_is_alarmed_within_three_nights(
    month: tuple[pd.DataFrame, pd.DataFrame], fault: str
) -> None:
    forecasts, lines = month
    broken = forecasts.copy()
    since = pd.Timestamp("2022-10-18") + pd.Timedelta(days=35)
    late = broken["game_date"] >= since
    if fault == "plays":
        broken.loc[late, "play_prob"] = 1.0
    else:
        stat = {"minutes": "min", "points": "pts"}[fault]
        ends = [f"{stat}_{end}" for end in ("mean", "p10", "p50", "p90")]
        broken.loc[late, ends] *= 0.5
    by_day = {night.day: night for night in levels(broken, lines)}
    assert by_day[(since - pd.Timedelta(days=1)).date()].level in ("healthy", "watch")
    third = by_day[(since + pd.Timedelta(days=2)).date()]
    assert third.level in ("degraded", "blocked")
    words = {"plays": "P(plays)", "minutes": "min", "points": "pts"}
    assert third.signal.startswith(words[fault])


def test_windows_of_players_compare_with_the_baseline(
    month: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    grades = grade_player_rows(*month)
    last = grades["game_date"].max().date()
    found = player_windows(grades, last)
    assert [window.name for window in found] == [
        "7 days",
        "14 days",
        "30 days",
        "season 2022-23",
    ]
    assert found[0].n_players == 7 * _GAMES_A_DAY * 2 * _PLAYERS
    week = grades[grades["game_date"] > pd.Timestamp(last) - pd.Timedelta(days=7)]
    assert found[0].scores["min"]["mae"] == pytest.approx(week["min_mae"].mean())
    assert found[0].n_lines == week["min_mae"].notna().sum()
    # Right forecasts beat the mean of earlier games.
    assert found[3].scores["pts"]["mae"] < found[3].scores["pts"]["baseline_mae"]


def test_a_logged_forecast_is_never_changed_and_the_last_before_tipoff_counts(
    month: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    day = date(2022, 10, 18)
    rows = month[0][month[0]["game_date"] == pd.Timestamp(day)]
    counts = [name for name in rows if str(name).endswith("_counts")]
    keys = ["game_id", "player_id"]

    def log(frame: pd.DataFrame) -> int:
        return log_player_forecasts(
            settings,
            day,
            predictions=frame.drop(columns=[*counts, "model"]),
            counts=frame[[*keys, *counts]],
            known=frame[keys].assign(rest_days=2.0),
            model="m",
        )

    assert read_player_forecasts(settings).empty
    assert log(rows) == len(rows)
    assert log(rows.assign(play_prob=0.0)) == 0
    later = rows.assign(forecast_at=rows["forecast_at"] + pd.Timedelta(minutes=30))
    assert log(later.assign(play_prob=0.25)) == len(rows)
    after = rows.assign(forecast_at=rows["tipoff_at"])
    assert log(after.assign(play_prob=0.75)) == len(rows)
    read = read_player_forecasts(settings)
    assert len(read) == len(rows)
    assert grade_players(settings, datetime(2022, 10, 18, tzinfo=UTC)).empty
    assert (read["play_prob"] == 0.25).all() and (read["rest_days"] == 2.0).all()
    assert read_player_forecasts(settings, date(2022, 10, 19)).empty
    assert list(read["pts_counts"].iloc[0]) == list(rows["pts_counts"].iloc[0])
