"""Forecasts informed by lines of past games: what they gain and what they never see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.backtest import league as leagues
from ml.backtest.league import inform_forecasts
from ml.backtest.past_lines import informed
from ml.errors import MissingError
from ml.models.team.forecasts import TeamForecasts
from ml.models.team.score_distribution import ScoreDistribution
from ml.settings import Settings

N_TEAMS = 8
N_DAYS = 60


@pytest.fixture(scope="module")
def league() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Two seasons in which lines know of every team what our forecasts do not."""
    rng = np.random.default_rng(7)
    parts = []
    for season, year in (("2019-20", 2019), ("2020-21", 2020)):
        hidden = rng.normal(0, 5, (2, N_TEAMS))
        for day in range(N_DAYS):
            teams = rng.permutation(N_TEAMS).reshape(-1, 2)
            parts.append(
                pd.DataFrame(
                    {
                        "season": season,
                        "tipoff_at": pd.Timestamp(f"{year}-11-01T00:30Z")
                        + pd.Timedelta(days=day),
                        "home_team_id": teams[:, 0],
                        "away_team_id": teams[:, 1],
                        "hidden_margin": hidden[0, teams[:, 0]]
                        - hidden[0, teams[:, 1]],
                        "hidden_total": hidden[1, teams].sum(axis=1),
                    }
                )
            )
    games = pd.concat(parts, ignore_index=True)
    n = len(games)
    games["game_id"] = [f"{number:05}" for number in range(n)]
    games["game_date"] = (games["tipoff_at"] - pd.Timedelta(hours=5)).dt.normalize()
    games["forecast_at"] = games["tipoff_at"] - pd.Timedelta(hours=1)
    games["known_at"] = games["tipoff_at"] + pd.Timedelta(hours=3)
    games["home_margin"] = np.rint(games["hidden_margin"] + rng.normal(2, 12, n))
    games["total_points"] = np.rint(220 + games["hidden_total"] + rng.normal(0, 18, n))
    lines = pd.DataFrame(
        {
            "game_id": games["game_id"],
            "home_spread": -(2.0 + games["hidden_margin"] + rng.normal(0, 1, n)),
            "total": 220.0 + games["hidden_total"] + rng.normal(0, 1, n),
        }
    )
    forecasts = TeamForecasts(
        games["game_id"].to_numpy(object),
        games["season"].to_numpy(object),
        games["forecast_at"].to_numpy(object),
        ScoreDistribution.from_moments(
            margin_mean=np.full(n, 2.0),
            margin_sd=12.0,
            total_mean=220.0,
            total_sd=18.0,
            correlation=0.0,
            df=12.0,
        ),
    ).to_frame()
    return forecasts, games, lines


def test_past_lines_tell_what_our_forecasts_do_not_know(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, games, lines = league
    found = informed(forecasts, games, lines).merge(games, on="game_id")
    later = found[found["season_x"] == "2020-21"]
    for target, plain in (("margin", 2.0), ("total", 220.0)):
        truth = later[f"hidden_{target}"] + plain
        error = (later[f"{target}_mean"] - truth).abs().mean()
        assert error < 0.6 * (plain - truth).abs().mean()
    # one distribution: whoever is expected to win more points wins more often
    order = later["margin_mean"].rank().corr(later["home_win_prob"].rank())
    assert order == pytest.approx(1.0)
    assert (later["home_pts_mean"] + later["away_pts_mean"]).to_numpy() == (
        pytest.approx(later["total_mean"].to_numpy())
    )


@settings(max_examples=12, deadline=None)
@given(place=st.integers(0, 2 * N_DAYS * N_TEAMS // 2 - 1), jump=st.floats(-30, 30))
def test_no_line_counts_before_its_game_is_over(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], place: int, jump: float
) -> None:
    forecasts, games, lines = league
    moment = games["forecast_at"].iloc[place]
    # tonight's own line, and all that are not over when it is forecast
    unknown = (games["known_at"] >= moment).to_numpy()
    changed = lines.copy()
    changed.loc[unknown, ["home_spread", "total"]] += jump
    results = games.copy()
    results.loc[unknown, ["home_margin", "total_points"]] += 7.0
    first = informed(forecasts, games, lines)
    second = informed(forecasts, results, changed)
    before = first["forecast_at"] <= moment
    pd.testing.assert_frame_equal(first[before], second[before], check_exact=True)


def test_without_past_lines_forecasts_are_what_they_were(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, games, lines = league
    found = informed(forecasts, games, lines.iloc[:0])
    pd.testing.assert_frame_equal(found, forecasts, check_exact=True)


class Plain:
    """A model that forecasts every game alike."""

    @staticmethod
    def predict(games: pd.DataFrame) -> TeamForecasts:
        return TeamForecasts(
            games["game_id"].to_numpy(object),
            games["season"].to_numpy(object),
            games["forecast_at"].to_numpy(object),
            ScoreDistribution.from_moments(
                margin_mean=np.full(len(games), 2.0),
                margin_sd=12.0,
                total_mean=220.0,
                total_sd=18.0,
                correlation=0.0,
                df=12.0,
            ),
        )


def test_a_day_is_informed_by_what_was_over_before_it(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    forecasts, games, lines = league
    early = games.assign(season="2018-19", game_id="x" + games["game_id"])
    for name in ("tipoff_at", "forecast_at", "known_at", "game_date"):
        early[name] -= timedelta(days=800)
    frame = pd.concat([early.iloc[:50], games], ignore_index=True)
    stored: list[pd.DataFrame] = []
    monkeypatch.setattr(leagues, "load_training_frame", lambda *_: stored[-1])
    monkeypatch.setattr(leagues, "read_closing_lines", lambda *_: lines)
    monkeypatch.setattr(leagues, "_fit", lambda _: lambda _: Plain)
    monkeypatch.setattr(
        leagues, "TEAM_MATCHUP", SimpleNamespace(seasons=lambda _: ["2018-19"])
    )
    home = Settings(home=tmp_path)

    def tonight(number: int, frame: pd.DataFrame) -> pd.DataFrame:
        stored.append(frame)
        day = games["tipoff_at"] == games["tipoff_at"].iloc[number]
        return inform_forecasts(
            home, tmp_path, forecasts[day], games[day].drop(columns="known_at")
        )

    number = N_DAYS * N_TEAMS // 2 + 200
    found = tonight(number, frame)
    assert len(found) == N_TEAMS // 2
    # As the walk through all seasons has it: nothing later, nor its own line, counts.
    walked = informed(forecasts, games, lines)
    expected = walked[walked["game_id"].isin(found["game_id"])]
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True))
    assert (found["margin_mean"] - 2.0).abs().max() > 0.5
    # Of a month that goes on only the newest forecasts are kept.
    later = tonight(number + N_TEAMS // 2, frame)
    assert not set(later["game_id"]) & set(found["game_id"])
    months = [path.name.rsplit("_", 1)[0] for path in tmp_path.rglob("20*_*_*")]
    assert len(months) == len(set(months)) > 2
    monkeypatch.setattr(leagues, "read_closing_lines", lambda *_: lines.iloc[-1:])
    with pytest.raises(MissingError, match="holds no closing line of a game before"):
        tonight(number, frame)
