"""The backtest: learns from the past only, and never sees a line."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ml
from ml.backtest.result import Backtest
from ml.backtest.run import Benchmarks, backtest
from ml.backtest.walk_forward import blocks, walk_forward
from ml.errors import MissingError
from ml.metrics.market import market_forecasts
from ml.models.team.forecasts import COLUMNS
from ml.models.team.model import TeamModel
from tests.executors import Pickling
from tests.matchup_frames import known_frame


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return known_frame(n_seasons=3, n_games=270)


@pytest.fixture(scope="module")
def lines(frame: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = len(frame)
    return pd.DataFrame(
        {
            "game_id": frame["game_id"],
            "home_spread": -np.round(2 * (frame["true_margin"] + rng.normal(0, 1, n)))
            / 2,
            "total": np.round(2 * (frame["true_total"] + rng.normal(0, 1, n))) / 2,
        }
    )


@pytest.fixture(scope="module")
def honest(frame: pd.DataFrame, lines: pd.DataFrame, out: Path) -> Backtest:
    return backtest(frame, Benchmarks(lines), ["2019-20", "2020-21"], out=out)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backtest")


def test_blocks_learn_only_from_what_was_known(frame: pd.DataFrame) -> None:
    cut = list(blocks(frame, ["2020-21"], memory_seasons=1))
    assert [block.month for block in cut] == ["2020-10", "2020-11", "2020-12"]
    for block in cut:
        assert block.training["known_at"].max() < block.games["forecast_at"].min()
        assert set(block.training["season"]) <= {"2019-20", "2020-21"}
    forecast = pd.concat([block.games for block in cut])
    expected = frame.loc[frame["season"] == "2020-21", "game_id"]
    assert sorted(forecast["game_id"]) == sorted(expected)


def test_a_result_that_became_known_late_is_learnt_late(frame: pd.DataFrame) -> None:
    late = frame.copy()
    delayed = (
        late["game_id"] == late.loc[late["season"] == "2019-20", "game_id"].iloc[0]
    )
    late.loc[delayed, "known_at"] = pd.Timestamp("2020-11-15", tz="UTC")
    learnt = [
        bool((block.training["game_id"] == late.loc[delayed, "game_id"].item()).any())
        for block in blocks(late, ["2020-21"], memory_seasons=1)
    ]
    assert learnt == [False, False, True]


def test_results_after_a_forecast_change_nothing(
    frame: pd.DataFrame, honest: Backtest
) -> None:
    first = honest.forecasts
    first = first[first["season"] == "2020-21"].reset_index(drop=True)
    scrambled = frame.copy()
    late = scrambled["game_date"] >= "2020-12-01"
    scrambled.loc[late, "home_margin"] += 40
    second = walk_forward(scrambled, ["2020-21"])
    forecast_at = pd.to_datetime(first["forecast_at"])
    before = forecast_at < pd.Timestamp("2020-12-02", tz="UTC")
    assert before.any()
    assert not before.all()
    pd.testing.assert_frame_equal(first[before], second[before], check_exact=True)


def test_lines_are_seen_by_the_scorer_alone(
    frame: pd.DataFrame, lines: pd.DataFrame, honest: Backtest
) -> None:
    shuffled = lines.copy()
    shuffled["home_spread"] = lines["home_spread"].to_numpy()[::-1]
    shuffled["total"] = lines["total"].to_numpy()[::-1]
    second = backtest(frame, Benchmarks(shuffled), ["2019-20", "2020-21"])
    pd.testing.assert_frame_equal(honest.forecasts, second.forecasts, check_exact=True)
    ours = [result.seasons[-1].scores["ours"] for result in (honest, second)]
    assert ours[0] == ours[1]
    market = [result.seasons[-1].scores["market"] for result in (honest, second)]
    assert market[0] != market[1]


def test_report_orders_baseline_ours_and_market(honest: Backtest, out: Path) -> None:
    stored = pd.read_parquet(out / "team_forecasts.parquet")
    assert tuple(stored.columns) == COLUMNS
    assert len(stored) == 540
    body = json.loads((out / "metrics.json").read_text())
    assert [part["season"] for part in body["seasons"]] == ["2019-20", "2020-21", "all"]
    everything = body["seasons"][-1]
    assert everything["n_games"] == 540
    for name in ("brier", "log_loss", "margin_mae", "total_mae"):
        baseline, ours, market = (
            everything["scores"][who][name]["value"]
            for who in ("baseline", "ours", "market")
        )
        # teams are drawn at random here, so ratings know nothing and features do
        assert market < baseline
        assert ours < baseline
        gap = everything["gaps"][name]
        assert gap["lower"] <= gap["value"] <= gap["upper"]
        assert gap["value"] == pytest.approx((baseline - ours) / (baseline - market))
    assert honest.to_table().row_count == 15


def test_a_leaking_feature_makes_the_report_shout(
    frame: pd.DataFrame,
    lines: pd.DataFrame,
    honest: Backtest,
    out: Path,
    tmp_path: Path,
) -> None:
    leaking = frame.assign(
        home_last_margin=frame["home_margin"], away_last_margin=-frame["home_margin"]
    )
    assert honest.warnings == ()
    found = backtest(leaking, Benchmarks(lines), ["2020-21"], out=tmp_path)
    assert len(found.warnings) >= 2
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count('class="shout"') == len(found.warnings)
    assert "Do not trust these forecasts" in page
    assert 'class="shout"' not in (out / "report.html").read_text("utf-8")


def test_market_worked_by_hand() -> None:
    lines = pd.DataFrame(
        {
            "game_id": ["a", "b", "c"],
            "home_spread": [-12.9, 3.0, np.nan],
            "total": [220.5, 210.0, 200.0],
        }
    )
    found = market_forecasts(lines)
    assert found["game_id"].tolist() == ["a", "b"]
    assert found["margin_mean"].tolist() == [12.9, -3.0]
    assert found["home_win_prob"][0] == pytest.approx(0.841_345, abs=1e-6)


def test_a_season_that_cannot_be_forecast_is_named(frame: pd.DataFrame) -> None:
    for season in ("2018-19", "2030-31"):
        with pytest.raises(MissingError, match=season):
            walk_forward(frame, [season])


def test_lines_of_no_game_cannot_be_scored(
    frame: pd.DataFrame, lines: pd.DataFrame
) -> None:
    with pytest.raises(MissingError, match="closing line"):
        backtest(frame, Benchmarks(lines.assign(game_id="x")), ["2020-21"])


def test_every_model_is_refitted_each_month(frame: pd.DataFrame) -> None:
    sizes: list[int] = []

    def fit(training: pd.DataFrame) -> TeamModel:
        sizes.append(len(training))
        return TeamModel.fit(training)

    walk_forward(frame, ["2019-20"], fit=fit)
    assert sizes == sorted(sizes)
    assert len(sizes) == 3


def test_who_fits_changes_nothing(tmp_path: Path) -> None:
    # So few games that a fit takes no time.
    frame = known_frame(n_seasons=2, n_games=90)
    alone = walk_forward(frame, ["2019-20"], store=tmp_path / "alone")
    others = Pickling()
    backtest_of = functools.partial(walk_forward, frame[::-1], ["2019-20"])
    together = backtest_of(store=tmp_path / "others", executor=others)
    pd.testing.assert_frame_equal(together, alone, check_exact=True)
    assert others.n_parts == 2
    kept = [
        sorted(path.name for path in tmp_path.glob(f"{who}/*"))
        for who in ("alone", "others")
    ]
    assert kept[0] == kept[1]


def test_a_killed_run_goes_on_where_it_was(frame: pd.DataFrame, tmp_path: Path) -> None:
    fitted: list[str] = []

    def fit(training: pd.DataFrame) -> TeamModel:
        if len(fitted) == 2:
            raise KeyboardInterrupt
        fitted.append(str(training["game_date"].max()))
        return TeamModel.fit(training)

    with pytest.raises(KeyboardInterrupt):
        walk_forward(frame, ["2019-20"], fit=fit, store=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    fitted.clear()
    resumed = walk_forward(frame, ["2019-20"], fit=fit, store=tmp_path)
    assert len(fitted) == 1
    pd.testing.assert_frame_equal(
        resumed, walk_forward(frame, ["2019-20"]), check_exact=True
    )
    changed = frame.assign(home_strength=frame["home_strength"] + 1.0)
    fitted.clear()
    with pytest.raises(KeyboardInterrupt):
        walk_forward(changed, ["2019-20"], fit=fit, store=tmp_path)


def test_only_scorers_read_benchmarks() -> None:
    """Lines and references are opened where forecasts are graded only.

    One other model reads lines, of past games, and says so: `ml.backtest.past_lines`.
    Nothing reaches it but `league`, `run` and `result` of the same folder, for the
    option that asks for it; the model that "never sees odds" is every other one.
    """
    package = Path(ml.__file__).parent
    readers = ("ml.metrics.market", "ml.backtest.reference", "ml.backtest.player.props")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(name in path.read_text("utf-8") for name in readers)
    }
    assert found <= {
        "backtest/league.py",
        "backtest/past_lines.py",
        "backtest/player/page.py",
        "backtest/player/run.py",
        "backtest/run.py",
        "monitor/grades.py",
    }
    informed = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "ml.backtest.past_lines" in path.read_text("utf-8")
    }
    assert informed == {
        "backtest/league.py",
        "backtest/result.py",
        "backtest/run.py",
    }


def test_past_lines_inform_another_model_and_nothing_else(
    frame: pd.DataFrame,
    lines: pd.DataFrame,
    honest: Backtest,
    out: Path,
    tmp_path: Path,
) -> None:
    shutil.copytree(out / "months", tmp_path / "months")
    found = backtest(
        frame, Benchmarks(lines), ["2020-21"], out=tmp_path, past_lines=True
    )
    plain = honest.forecasts[honest.forecasts["season"] == "2020-21"]
    pd.testing.assert_frame_equal(
        found.forecasts, plain.reset_index(drop=True), check_exact=True
    )
    assert found.seasons[0] == honest.seasons[1]
    assert [part.season for part in found.informed] == ["2020-21", "all"]
    assert found.informed[0].scores["market"] == found.seasons[0].scores["market"]
    assert found.informed[0].scores["ours"] != found.seasons[0].scores["ours"]
    assert set(found.compared) == {"tipoff-60m"}
    assert honest.informed_table() is None
    table = found.informed_table()
    assert table is not None
    assert "another model" in str(table.title)
    stored = pd.read_parquet(tmp_path / "team_forecasts_informed_by_past_lines.parquet")
    assert tuple(stored.columns) == COLUMNS
    assert list(stored["game_id"]) == list(found.forecasts["game_id"])
    title = "Another model: informed by lines of past games"
    assert title in (tmp_path / "report.html").read_text()
    assert title not in (out / "report.html").read_text()


def test_forecasts_that_knew_less_stand_beside_the_others(
    frame: pd.DataFrame, lines: pd.DataFrame, tmp_path: Path
) -> None:
    blind = frame.copy()
    later = blind["season"] == "2020-21"
    for side in ("home", "away"):
        blind.loc[later, f"{side}_strength"] = 0.0
    name = "tipoff-60m without reports"
    result = backtest(
        frame, Benchmarks(lines), ["2020-21"], out=tmp_path, others={name: blind}
    )
    assert list(result.compared) == ["tipoff-60m", name]
    knew, less = (scores[-1] for scores in result.compared.values())
    assert less.gaps["margin_mae"].value < knew.gaps["margin_mae"].value
    assert result.seasons == result.compared["tipoff-60m"]
    stored = pd.read_parquet(
        tmp_path / "team_forecasts_tipoff-60m_without_reports.parquet"
    )
    assert sorted(stored["game_id"]) == sorted(result.forecasts["game_id"])
    page = (tmp_path / "report.html").read_text()
    assert f"<td>{name}</td><td>2020-21</td>" in page
    table = result.comparison()
    assert table is not None
    assert table.row_count == 4
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert set(metrics["compared"]) == {"tipoff-60m", name}
