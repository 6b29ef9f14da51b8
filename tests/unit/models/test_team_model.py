"""The team model recovers a known truth, keeps its word, and is the same every time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special
from services import columns_of

from ml.errors import MissingError, ModelError, TooFewError
from ml.metrics import score
from ml.metrics.reliability import reliability_slope
from ml.models.folds import forward_folds
from ml.models.linear import fit_ridges
from ml.models.team.design import Design, of_box_scores
from ml.models.team.few_stints import SHARE
from ml.models.team.forecasts import COLUMNS
from ml.models.team.mean import Drift, share_of
from ml.models.team.model import TeamModel
from ml.models.team.spread import fit_spread, fit_tails
from tests.matchup_frames import MARGIN_SD, TOTAL_SD, known_frame


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return known_frame(n_seasons=4)


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> TeamModel:
    return TeamModel.fit(frame[frame["season"] < "2021"])


@pytest.fixture(scope="module")
def later(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["season"] >= "2021"]


def test_expectations_near_the_truth(model: TeamModel, later: pd.DataFrame) -> None:
    found = model.predict(later).to_frame()
    truth = later.reset_index(drop=True)
    # with 1,800 games and 3 pairs of features an estimate is off by well under a point
    assert (found["margin_mean"] - truth["true_margin"]).abs().mean() < 1.2
    assert (found["total_mean"] - truth["true_total"]).abs().mean() < 1.8


def test_spread_and_tails_near_the_truth(model: TeamModel, later: pd.DataFrame) -> None:
    found = model.predict(later).to_frame()
    assert found["margin_sd"].mean() == pytest.approx(MARGIN_SD, rel=0.06)
    assert found["total_sd"].mean() == pytest.approx(TOTAL_SD, rel=0.06)
    assert abs(model.correlation) < 0.08
    assert model.df >= 20.0


def test_calibrated_on_later_games() -> None:
    model = TeamModel.fit(known_frame(n_seasons=8))
    later = known_frame(n_seasons=6, random_state=1)
    found = model.predict(later).to_frame()
    n = len(later)
    error = 3.0 * np.sqrt(0.8 * 0.2 / n)
    for target, label in (("margin", "home_margin"), ("total", "total_points")):
        held = score.coverage(
            found[f"{target}_p10"], found[f"{target}_p90"], later[label]
        )
        assert held == pytest.approx(0.8, abs=error + 0.02)
    truth = special.ndtr(later["true_margin"] / MARGIN_SD)
    assert reliability_slope(found["home_win_prob"], later["home_win"]) == (
        pytest.approx(reliability_slope(truth, later["home_win"]), abs=0.12)
    )


def test_numbers_of_a_game_agree(model: TeamModel, later: pd.DataFrame) -> None:
    forecasts = model.predict(later)
    found = forecasts.to_frame()
    assert tuple(found.columns) == COLUMNS
    np.testing.assert_allclose(
        found["home_pts_mean"] + found["away_pts_mean"], found["total_mean"]
    )
    np.testing.assert_allclose(
        found["home_pts_mean"] - found["away_pts_mean"], found["margin_mean"]
    )
    np.testing.assert_allclose(forecasts.prob_margin_over(0.0), found["home_win_prob"])
    np.testing.assert_allclose(
        forecasts.prob_total_over(found["total_p50"]), 0.5, atol=0.02
    )
    lines = [forecasts.prob_total_over(line) for line in (200.5, 215.0, 230.5)]
    assert (np.diff(lines, axis=0) < 0).all()


def test_row_order_and_repetition_change_no_bit(frame: pd.DataFrame) -> None:
    past, later = frame[frame["season"] < "2020"], frame[frame["season"] >= "2020"]
    first = TeamModel.fit(past).predict(later).to_frame()
    shuffled = past.sample(frac=1.0, random_state=3)
    second = TeamModel.fit(shuffled).predict(later).to_frame()
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_unplayed_games_teach_nothing_and_are_forecast(
    model: TeamModel, frame: pd.DataFrame
) -> None:
    past = frame[frame["season"] < "2021"].copy()
    scheduled = frame[frame["season"] >= "2021"].copy()
    labels = ["home_pts", "away_pts", "home_margin", "total_points"]
    scheduled[labels] = np.nan
    again = TeamModel.fit(pd.concat([past, scheduled]))
    assert again.card.data_hash == model.card.data_hash
    assert again.predict(scheduled).to_frame()["home_win_prob"].notna().all()


def test_unknown_features_are_taken(frame: pd.DataFrame) -> None:
    holes = frame.copy()
    rng = np.random.default_rng(0)
    for column in ("home_strength", "away_strength", "home_noise"):
        holes.loc[rng.random(len(holes)) < 0.2, column] = np.nan
    found = TeamModel.fit(holes).predict(holes.head(50)).to_frame()
    assert found.drop(columns=["game_id", "season"]).notna().all().all()


def test_saved_and_loaded_is_bit_identical(
    model: TeamModel, later: pd.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path)
    assert {p.suffix for p in tmp_path.iterdir()} == {".json", ".txt"}
    loaded = TeamModel.load(tmp_path)
    assert loaded.card == model.card
    pd.testing.assert_frame_equal(
        loaded.predict(later).to_frame(),
        model.predict(later).to_frame(),
        check_exact=True,
    )


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("model.json", '"intercept":', '"intercepted":'),
        ("model.json", '"format": 1', '"format": 0'),
        ("model.json", "0", "1"),
        ("model.json", "}", ""),
        ("margin.txt", "leaf_value=", "leaf_value=1"),
        ("total.txt", "tree", ""),
    ],
)
def test_damaged_files_are_refused(
    model: TeamModel, tmp_path: Path, name: str, old: str, new: str
) -> None:
    model.save(tmp_path)
    path = tmp_path / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ModelError):
        TeamModel.load(tmp_path)


def test_absent_files_are_told_apart(model: TeamModel, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no model"):
        TeamModel.load(tmp_path)
    model.save(tmp_path)
    (tmp_path / "total.txt").unlink()
    with pytest.raises(ModelError, match=r"total\.txt"):
        TeamModel.load(tmp_path)


def test_another_service_or_frame_is_refused(
    model: TeamModel, later: pd.DataFrame, tmp_path: Path
) -> None:
    model.save(tmp_path)
    with pytest.raises(ModelError, match="team_matchup"):
        TeamModel.load(tmp_path, service="another")
    with pytest.raises(ModelError, match="home_pace"):
        model.predict(later.drop(columns="home_pace"))


def test_too_few_games_or_no_features_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(TooFewError, match="at least one"):
        TeamModel.fit(frame.head(0))
    with pytest.raises(ModelError, match="home_margin"):
        TeamModel.fit(frame.drop(columns="home_margin"))
    features = [c for c in frame if c.startswith("home_") and "away" + c[4:] in frame]
    bare = frame.drop(columns=[c for c in features if c[5:] not in ("pts", "team_id")])
    with pytest.raises(ModelError, match="no pair"):
        TeamModel.fit(bare)


@pytest.mark.parametrize("n_games", [1, 2, 49, 50, 199])
def test_of_a_few_games_a_model_knows_an_average_game_and_little_more(
    frame: pd.DataFrame, later: pd.DataFrame, tmp_path: Path, n_games: int
) -> None:
    few = TeamModel.fit(frame.head(n_games))
    few.save(tmp_path)
    table = TeamModel.load(tmp_path).predict(later).to_frame()
    assert few.card.n_games == n_games
    assert few.card.metrics == {"n_later_games": 0.0}
    assert table["margin_sd"].between(13, 16).all()
    assert table["total_sd"].between(18, 22).all()
    assert table["home_win_prob"].between(0.2, 0.9).all()
    told_apart = table["margin_mean"].std()
    assert (told_apart > 0.05) if n_games >= 50 else (told_apart < 0.01)
    played = frame.head(n_games)["total_points"].mean()
    assert min(played, 220) - 8 < table["total_mean"].mean() < max(played, 220) + 8


def test_card_says_where_it_comes_from(model: TeamModel, tmp_path: Path) -> None:
    assert model.card.n_games == 1800
    assert model.card.seasons == ("2018-19", "2019-20", "2020-21")
    assert (model.card.first_date, model.card.last_date) == ("2018-10-20", "2021-01-27")
    assert model.card.metrics["margin_rmse"] == pytest.approx(MARGIN_SD, rel=0.06)
    assert set(model.card.features) >= {"home_strength", "away_pace", "is_playoffs"}
    model.save(tmp_path)
    saved = json.loads((tmp_path / "model.json").read_text())
    assert saved["model"]["card"]["versions"]["lightgbm"]


def test_labels_and_keys_are_never_features(frame: pd.DataFrame) -> None:
    design = Design.from_frame(frame)
    assert design.sides == ("noise", "pace", "strength")
    assert design.game == ("is_playoffs",)


def test_the_service_holds_what_the_model_reads_and_no_more() -> None:
    columns = columns_of("team_matchup")
    rows = pd.DataFrame({name: [1.0] for name in columns})
    design = Design.from_frame(rows)
    boxed = of_box_scores(design, rows)
    assert boxed is not None
    shares = [f"{side}_{SHARE}" for side in ("home", "away")]
    assert {*design.features, *boxed.features, *shares} == {*columns}


def test_design_takes_every_pair_and_of_them_what_scores() -> None:
    names = ["elo", "pace_h8"]
    rows = pd.DataFrame(
        {f"{side}_{name}": [1.0] for name in names for side in ("home", "away")}
    ).assign(home_alone=1.0)
    assert Design.from_frame(rows).sides == ("elo", "pace_h8")
    assert Design.from_frame(rows).scoring == ("elo", "pace_h8")
    assert Design.from_frame(rows, ["pace_h8", "gone"]).scoring == ("pace_h8",)
    with pytest.raises(ModelError, match="gone"):
        Design.from_frame(rows, ["gone"])


def test_design_worked_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "home_x": [3.0, np.nan],
            "away_x": [1.0, 2.0],
            "home_y": [5.0, 5.0],
            "away_y": [4.0, 8.0],
            "is_neutral_site": [True, False],
            "is_playoffs": [False, True],
        }
    )
    design = Design(("x", "y"), ("y",), ("is_playoffs", "is_neutral_site"))
    nan = np.nan
    np.testing.assert_array_equal(
        design.differences(rows), [[2, 1, 0, 1], [nan, -3, 1, 0]]
    )
    np.testing.assert_array_equal(
        design.levels(rows, np.array([-4.0, 2.5])), [[4.5, 4, 0], [6.5, 2.5, 1]]
    )
    np.testing.assert_array_equal(
        design.everything(rows), [[2, 1, 0, 1, 2, 4.5], [nan, -3, 1, 0, nan, 6.5]]
    )


def test_ridge_worked_by_hand() -> None:
    # x = -1, 1 and y = 0, 4: slope of y on x is 2 · n / (n + penalty)
    X, y = np.array([[-1.0], [1.0]]), np.array([0.0, 4.0])
    free, held = fit_ridges(X, y, penalties=(0.0, 2.0))
    np.testing.assert_allclose(free.predict(X), [0.0, 4.0])
    np.testing.assert_allclose(held.predict(X), [1.0, 3.0])
    np.testing.assert_allclose(held.predict(np.array([[np.nan]])), [2.0])


def test_trust_weighs_a_column_by_its_correlation() -> None:
    # uncorrelated columns with slopes 2 and 1: correlations 2 / sqrt(5) and
    # 1 / sqrt(5), the second no more than chance gives four games, 1/2; mean squares
    # 0.8 and 0.25 over 0.525
    X = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    y = X @ [2.0, 1.0]
    (found,) = fit_ridges(X, y, penalties=(4.0,), trust=1.0)
    penalties = 4.0 * 0.525 / np.array([0.8, 0.25])
    slopes = np.array([2.0, 1.0]) * 4.0 / (4.0 + penalties)
    np.testing.assert_allclose(found.predict(X), X @ slopes)


def test_ridge_equals_the_normal_equations() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(3.0, 2.0, (80, 5)), rng.normal(size=80)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    coef = np.linalg.solve(Z.T @ Z + 10.0 * np.eye(5), Z.T @ (y - y.mean()))
    (found,) = fit_ridges(X, y, penalties=(10.0,))
    np.testing.assert_allclose(found.predict(X), y.mean() + Z @ coef)


def test_folds_look_back_and_never_split_a_day() -> None:
    days = np.repeat(np.arange(40), 7)
    folds = forward_folds(days, n_folds=4)
    assert len(folds) == 4
    for past, future in folds:
        assert days[past].max() < days[future].min()
    seen = np.concatenate([future for _, future in folds])
    np.testing.assert_array_equal(seen, np.arange(seen[0], len(days)))


def test_share_of_trees_worked_by_hand() -> None:
    correction = np.array([1.0, -1.0, np.nan])
    for left, share in ((0.25, 0.25), (5.0, 1.0), (-1.0, 0.0)):
        assert share_of(correction, left * np.array([1.0, -1.0, 9.0])) == share
    assert share_of(np.zeros(2), np.ones(2)) == 0.0


def test_drift_worked_by_hand() -> None:
    # weights 1/4, 1/2, 1 of games that left 8, 0 and 3 points, and two games of none
    assert Drift(1.0, 0.0).of(np.array([8.0, 0.0, 3.0])) == pytest.approx(5.0 / 1.75)
    assert Drift(1.0, 2.0).of(np.array([8.0, 0.0, 3.0])) == pytest.approx(5.0 / 3.75)


def test_games_without_a_box_teach_nothing(frame: pd.DataFrame) -> None:
    past = frame[frame["season"] < "2020"].assign(has_box=True)
    past.loc[past.index[::7], "has_box"] = False
    found = TeamModel.fit(past)
    assert found.card.data_hash == TeamModel.fit(past[past["has_box"]]).card.data_hash
    assert found.card.n_games == past["has_box"].sum()


def test_totals_forget_old_seasons(frame: pd.DataFrame) -> None:
    """Old totals drift away from today's; margins do not, and keep all they had."""
    drifted = frame.copy()
    old = drifted["season"] == "2018-19"
    drifted.loc[old, "total_points"] -= 30.0
    with_old = TeamModel.fit(pd.concat([drifted, later_season(frame)]))
    without = TeamModel.fit(pd.concat([frame, later_season(frame)]))
    games = frame.head(50)
    np.testing.assert_allclose(
        with_old.predict(games).to_frame()["total_mean"],
        without.predict(games).to_frame()["total_mean"],
    )


def later_season(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the newest season again, a year later."""
    newest = frame[frame["season"] == frame["season"].max()]
    year = int(newest["season"].iloc[0][:4]) + 1
    dates = pd.to_datetime(newest["game_date"]) + pd.DateOffset(years=1)
    return newest.assign(
        season=f"{year}-{(year + 1) % 100}",
        game_date=dates.dt.strftime("%Y-%m-%d"),
        game_id="1" + newest["game_id"].str[1:],
    )


def test_spread_finds_a_known_slope() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(20_000, 2))
    residuals = rng.normal(size=20_000) * np.exp(2.5 + 0.1 * np.clip(z[:, 0], -3, 3))
    found = fit_spread(residuals, z)
    assert found.level == pytest.approx(2.5, abs=0.02)
    np.testing.assert_allclose(found.slopes, [0.1, 0.0], atol=0.02)


def test_tails_find_known_correlation_and_freedom() -> None:
    rng = np.random.default_rng(0)
    normal = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 30_000)
    mixed = normal / np.sqrt(rng.chisquare(8.0, 30_000) / 8.0)[:, None]
    rho, df = fit_tails(*(mixed * np.sqrt(6.0 / 8.0)).T)
    assert rho == pytest.approx(0.3, abs=0.03)
    assert df == 8.0
    assert fit_tails(*normal.T)[1] >= 60.0


def test_tails_of_each_target_are_seen_where_they_are_not_large_together() -> None:
    rng = np.random.default_rng(1)
    alone = rng.standard_t(8.0, (30_000, 2)) * np.sqrt(6.0 / 8.0)
    assert fit_tails(*alone.T)[1] == 8.0
