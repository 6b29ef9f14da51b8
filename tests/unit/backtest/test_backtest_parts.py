"""Parts of the backtest's report, worked by hand."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ml.backtest.betting import bet, fair_probability
from ml.backtest.breakdowns import slices
from ml.backtest.calibration import pit_histogram, weights_beside_the_line
from ml.backtest.horizon import (
    INFORMATION,
    _leave_out,
    check_horizons,
    check_without,
    home_at,
)
from ml.backtest.leaks import signs_of_a_leak
from ml.backtest.reference import read_reference
from ml.backtest.worst_errors import worst_misses
from ml.errors import MissingError, SettingsError
from ml.report.charts import histogram
from ml.settings import Settings


def table(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market, own = rng.normal(0, 6, n), rng.normal(0, 2, n)
    margin = np.round(market + own + rng.normal(0, 12, n))
    return pd.DataFrame(
        {
            "game_id": [f"{row:010d}" for row in range(n)],
            "home_margin": np.where(margin == 0, 1, margin),
            "total_points": 220.0 + np.round(rng.normal(0, 18, n)),
            "market_margin_mean": market,
            "market_total_mean": 220.0 + rng.normal(0, 1, n),
            "market_home_win_prob": 0.5,
            "baseline_margin_mean": 0.0,
            "baseline_total_mean": 220.0,
            "baseline_home_win_prob": 0.5,
            "ours_season": "2020-21",
            "ours_margin_mean": market + own,
            "ours_margin_sd": 12.0,
            "ours_total_mean": 220.0 + rng.normal(0, 1, n),
            "ours_total_sd": 18.0,
            "ours_home_win_prob": 0.5,
        }
    )


def test_margin_is_taken_out_by_hand() -> None:
    # 1 / 1.25 = .8 and 1 / 4 = .25: 5 % too much
    home, away = np.array([1.25]), np.array([4.0])
    assert fair_probability(home, away, "multiplicative")[0] == pytest.approx(
        0.8 / 1.05
    )
    assert fair_probability(home, away, "shin")[0] == pytest.approx(0.775)
    power = fair_probability(home, away, "power")[0]
    k = np.log(power) / np.log(0.8)
    assert 0.8**k + 0.25**k == pytest.approx(1.0)
    # A price without a margin is the probability itself, whatever the method.
    for method in ("multiplicative", "power", "shin"):
        fair = fair_probability(np.array([2.5]), np.array([1 / 0.6]), method)
        assert fair[0] == pytest.approx(0.4)


def test_bets_worked_by_hand() -> None:
    games = pd.DataFrame(
        {
            "home_margin": [5.0, -3.0, 2.0, 4.0],
            # 0.6 · 2 - 1 = .2 on home; 0.5 · 2.5 - 1 = .25 on away; no edge; no price
            "ours_home_win_prob": [0.6, 0.5, 0.5, 0.9],
            "moneyline_home": [100.0, -200.0, -110.0, np.nan],
            "moneyline_away": [-120.0, 150.0, -110.0, np.nan],
        }
    )
    flat, kelly = bet(games, random_state=0)
    assert flat.n_bets == kelly.n_bets == 2
    assert flat.profit.value == pytest.approx((1.0 + 1.5) / 2)
    stakes = 0.25 * np.array([0.2 / 1.0, 0.25 / 1.5])
    assert kelly.staked == pytest.approx(stakes.sum())
    assert kelly.profit.value == pytest.approx(stakes @ [1.0, 1.5] / stakes.sum())
    assert bet(games.tail(1), random_state=0) == ()


def test_a_fair_coin_has_no_distinct_profit() -> None:
    rng = np.random.default_rng(1)
    n = 500
    games = pd.DataFrame(
        {
            "home_margin": rng.choice([-1.0, 1.0], n),
            "ours_home_win_prob": rng.uniform(0.3, 0.7, n),
            "moneyline_home": 100.0,
            "moneyline_away": 100.0,
        }
    )
    assert not any(bets.is_distinct for bets in bet(games, random_state=0))


def test_what_ours_knows_alone_has_a_weight() -> None:
    margin, total = weights_beside_the_line(table(4000), random_state=0)
    assert margin.ours == pytest.approx(1.0, abs=0.2)
    assert margin.market == pytest.approx(0.0, abs=0.2)
    assert margin.ours_lower > 0.0
    assert total.ours_lower < 0.0 < total.ours_upper


def test_pit_is_flat_where_the_distribution_is_right() -> None:
    counts = pit_histogram(table(20_000), "margin", "home_margin")
    assert sum(counts) == 20_000
    np.testing.assert_allclose(np.array(counts) / 20_000, 0.1, atol=0.02)
    assert histogram(counts, title="x").count("<rect") == 10


def test_slices_are_scored_on_their_own_games() -> None:
    games = table()
    frame = pd.DataFrame(
        {
            "game_id": games["game_id"],
            "game_date": ["2020-12-25"] * 100 + ["2021-03-01"] * 300,
            "season_type": ["Regular Season"] * 394 + ["PlayIn"] * 6,
            "home_rest_days": 2.0,
            "away_rest_days": [1.0] * 100 + [np.nan] * 300,
            "home_absent_min_share": 0.15,
            "away_absent_min_share": 0.05,
        }
    )
    found = {(part.by, part.name): part for part in slices(games, frame)}
    assert {name: part.n_games for name, part in found.items()} == {
        ("month", "December"): 100,
        ("month", "March"): 300,
        ("kind of game", "Regular Season"): 394,
        # Six a year, and counted all the same.
        ("kind of game", "PlayIn"): 6,
        ("rest", "home rested more"): 100,
        ("absences", "2. 10 to 20 % of a side's minutes missing"): 400,
    }
    december = found["month", "December"].margin_mae["baseline"]
    assert december == pytest.approx(games["home_margin"].abs().head(100).mean())


def test_misses_say_what_the_line_knew() -> None:
    games = table(50)
    games.loc[7, ["home_margin", "ours_margin_mean", "market_margin_mean"]] = [
        50,
        0,
        20,
    ]
    games.loc[9, ["home_margin", "ours_margin_mean", "market_margin_mean"]] = [
        -48,
        0,
        1,
    ]
    frame = pd.DataFrame(
        {
            "game_id": games["game_id"],
            "game_date": "2021-03-01",
            "home_team_id": 1,
            "away_team_id": 2,
            "home_absent_min_share": 0.4,
            "away_absent_min_share": 0.0,
            "away_is_back_to_back": True,
        }
    )
    first, second = worst_misses(games, frame, {1: "BOS", 2: "NYK"})[:2]
    assert first.matchup == "NYK at BOS"
    assert first.why == (
        "the closing line was 20 points nearer; 40 % of the home side's minutes were "
        "missing; the away side played the day before"
    )
    assert second.why.startswith("the closing line missed it as well")


def test_a_reference_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("game_id,elo_home_win_probability\n0022,0.6\n0022,0.7\n0023,\n")
    found = read_reference([path])
    assert found.to_dict("records") == [{"game_id": "0022", "home_win_prob": 0.6}]
    with pytest.raises(MissingError, match="absent"):
        read_reference([tmp_path / "absent.csv"])
    path.write_text("game_id,wins\n1,2\n")
    with pytest.raises(SettingsError, match="wins"):
        read_reference([path])


def test_signs_of_a_leak_one_by_one() -> None:
    rng = np.random.default_rng(2)
    honest = table(1200).assign(
        ours_home_win_prob=0.55,
        ours_forecast_at=pd.to_datetime(
            ["2020-11-01"] * 600 + ["2021-03-01"] * 600, utc=True
        ),
    )
    honest["ours_margin_mean"] = honest["market_margin_mean"]
    assert signs_of_a_leak(honest) == ()
    (sign,) = signs_of_a_leak(
        honest.assign(ours_home_win_prob=0.5 + 0.1 * np.sign(honest["home_margin"]))
    )
    assert sign.startswith("accuracy 1.000")
    (sign,) = signs_of_a_leak(
        honest.assign(ours_total_mean=honest["total_points"] + rng.normal(0, 5, 1200))
    )
    assert sign.startswith("R² of the total")
    # Early in the season it knows half of what happened, later it guesses.
    blurred = honest["market_margin_mean"].where(
        honest.index >= 600, (honest["home_margin"] + honest["market_margin_mean"]) / 2
    )
    guessed = blurred.where(honest.index < 600, 0.0)
    signs = signs_of_a_leak(honest.assign(ours_margin_mean=guessed))
    assert any("first weeks" in sign for sign in signs)


def test_another_horizon_is_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[str, int]] = []

    def build(settings: Settings) -> None:
        assert settings.warehouse.read_text() == "raw"
        built.append((settings.home.name, settings.horizon_minutes))

    for name in ("build_features", "build_team_train_dataset"):
        monkeypatch.setattr(f"ml.backtest.horizon.{name}", build)
    monkeypatch.setattr("ml.features.feast.apply", lambda settings: None)
    settings = Settings(home=tmp_path / "home", horizon_minutes=60)
    assert home_at(settings, "tipoff-60m", tmp_path) is settings
    with pytest.raises(MissingError, match="no warehouse"):
        home_at(settings, "tipoff-6h", tmp_path)
    settings.home.mkdir()
    settings.warehouse.write_text("raw")
    for _ in range(2):
        found = home_at(settings, "tipoff-6h", tmp_path / "homes")
    assert found.horizon_minutes == 360
    assert built == [("tipoff-6h", 360)] * 2
    monkeypatch.setattr("ml.backtest.horizon.project_digest", lambda settings: "new")
    for _ in range(2):
        home_at(settings, "tipoff-6h", tmp_path / "homes")
    assert len(built) == 4
    later = (found.home / "built").stat().st_mtime + 10
    os.utime(settings.warehouse, (later, later))
    home_at(settings, "tipoff-6h", tmp_path / "homes")
    assert len(built) == 6


@pytest.mark.parametrize(
    ("without", "since", "left"),
    [
        (["reports"], "2021-22", "r20 s20 s21 p20 p21 t20 t21 l19 l20 l21"),
        (["stints"], "2021-22", "r20 r21 s20 p20 t20 t21 l19 l20 l21"),
        (["starters", "labels"], "2021-22", "r20 r21 s20 s21 p20 p21 t20 l19"),
        (["labels"], "2020-21", "r20 r21 s20 s21 p20 p21 t20 t21"),
        (["reports", "stints", "starters", "labels"], "", ""),
    ],
)
def test_what_is_left_out_is_gone_from_a_season_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    without: list[str],
    since: str,
    left: str,
) -> None:
    settings = Settings(home=tmp_path / "home", horizon_minutes=60)
    settings.home.mkdir()
    seasons = [(f"{year}", f"20{year}-{year + 1}") for year in range(19, 22)]
    with closing(duckdb.connect(str(settings.warehouse))) as connection:
        connection.execute("create schema raw")
        for table, letter in {
            "games": "g",
            "injury_reports": "r",
            "impact_lineup_stints": "s",
            "play_by_play_stints": "p",
            "starters": "t",
            "player_seasons": "l",
        }.items():
            connection.execute(
                f"create table raw.{table} (name text, season text, game_date varchar)"
            )
            for year, season in seasons:
                # Labels alone are as old as the season before the first.
                if year != "19" or letter == "l":
                    connection.execute(
                        f"insert into raw.{table} values (?, ?, ?)",
                        [letter + year, season, f"20{year}-11-01"],
                    )
    for name in ("build_features", "build_team_train_dataset"):
        monkeypatch.setattr(f"ml.backtest.horizon.{name}", lambda settings: None)
    monkeypatch.setattr("ml.features.feast.apply", lambda settings: None)
    chosen = home_at(
        settings, "tipoff-60m", tmp_path / "homes", without=without, since=since
    )
    assert chosen.home != settings.home
    assert chosen.horizon_minutes == 60
    found = []
    with closing(duckdb.connect(str(chosen.warehouse), read_only=True)) as connection:
        tables = (table for names in INFORMATION.values() for table in names)
        for table in dict.fromkeys(tables):
            rows = connection.execute(f"select name from raw.{table} order by name")
            found += [row[0] for row in rows.fetchall()]
    assert " ".join(found) == left


def test_of_a_mixed_evening_the_away_side_lacks_its_report(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with closing(duckdb.connect(str(warehouse))) as connection:
        connection.execute(
            "create schema raw;"
            "create table raw.games as select * from (values "
            "('a', '2021-22', '2021-11-01', 2, null), "
            "('b', '2022-23', '2022-11-01', 1, null), "
            # It was once said that they would play in the other hall.
            "('b', '2022-23', '2022-11-01', 2, timestamp '2022-10-01')) "
            "as games (game_id, season, game_date, away_team_id, superseded_at);"
            "create table raw.injury_reports as select * from (values "
            "('a', 1, '2021-11-01'), ('a', 2, '2021-11-01'), "
            "('b', 1, '2022-11-01'), ('b', 2, '2022-11-01'), "
            "(null, 1, '2022-11-01')) as reports (game_id, team_id, game_date)"
        )
    _leave_out(Settings(home=tmp_path), warehouse, ["away_reports"], "2022-23")
    with closing(duckdb.connect(str(warehouse))) as connection:
        left = connection.execute(
            "select game_id, team_id from raw.injury_reports order by all"
        ).fetchall()
    assert left == [("a", 1), ("a", 2), ("b", 2), (None, 1)]


def test_what_cannot_be_left_out_is_named() -> None:
    check_without(["reports", "labels"])
    with pytest.raises(SettingsError, match="cannot leave out"):
        check_without(["reports", "weather"])
    with pytest.raises(SettingsError, match="cannot leave out nothing"):
        check_without([])


def test_a_strange_horizon_is_named() -> None:
    check_horizons(["tipoff-6h", "tipoff-30m"])
    with pytest.raises(SettingsError, match="tipoff-2h"):
        check_horizons(["tipoff-60m", "tipoff-2h"])
