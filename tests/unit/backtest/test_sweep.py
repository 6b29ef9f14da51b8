"""Settings that are tried: found, checked, compared, and never left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ml.backtest.sweep import run
from ml.backtest.sweep.constants import find_constant, replaced
from ml.backtest.sweep.plan import Plan, Variant, read_plan
from ml.backtest.sweep.result import SCORES, Sweep
from ml.backtest.walk_forward import walk_forward
from ml.cli import app
from ml.errors import SettingsError
from ml.models import trees
from ml.models.team import first_games, model
from ml.settings import Settings
from tests.executors import Pickling
from tests.matchup_frames import known_frame

CORRELATION = "ml.models.team.first_games.CORRELATION"
HALF_LIFE = "ml.models.team.model.MEANS.margin.drift.half_life"
PENALTY = "ml.models.team.first_games._PENALTY"
UNREAD = "ml.models.player.minutes._LEARNING_RATE"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    # So few games that a fit takes no time.
    return known_frame(n_seasons=3, n_games=60)


@pytest.fixture
def home(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setattr(run, "stored_frame", lambda settings, seasons: frame)
    monkeypatch.setattr(run, "team_scoring", lambda settings: ())
    return Settings(home=tmp_path / "home")


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def plan_of(*values: dict[str, Any], seasons: Sequence[str] = ("2019-20",)) -> Plan:
    variants = [Variant(()), *(Variant(tuple(each.items())) for each in values)]
    return Plan(tuple(seasons), tuple(variants))


def costs_of(values: Sequence[float]) -> pd.DataFrame:
    games = [f"{number:02}" for number in range(len(values))]
    return pd.DataFrame({"game_id": games} | dict.fromkeys(SCORES, values))


def test_a_constant_holds_another_value_wherever_it_was_imported() -> None:
    before = first_games.CORRELATION
    with replaced({CORRELATION: 0.5}):
        assert first_games.CORRELATION == model.CORRELATION == 0.5
    assert first_games.CORRELATION == model.CORRELATION == before


def test_what_is_in_a_constant_is_replaced_and_the_rest_stays() -> None:
    means, parameters = model.MEANS, trees.PARAMETERS
    leaves = "ml.models.trees.PARAMETERS.num_leaves"
    rate = "ml.models.trees.PARAMETERS.learning_rate"
    with (
        pytest.raises(KeyboardInterrupt),
        replaced({HALF_LIFE: 7, leaves: 3, rate: 1}),
    ):
        drift = model.MEANS["margin"].drift
        assert drift is not None
        assert drift.half_life == 7.0
        assert model.MEANS["total"] == means["total"]
        moved = {"num_leaves": 3, "learning_rate": 1.0}
        assert {**parameters, **moved} == trees.PARAMETERS
        raise KeyboardInterrupt
    assert model.MEANS is means
    assert trees.PARAMETERS is parameters
    assert find_constant(HALF_LIFE).value == 300.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seasons: [2019-20]", "lacks seasons or settings"),
        ("- 1", "lacks seasons or settings"),
        ("seasons: [2019-20\nsettings", "cannot be read"),
        ("seasons: 2019-20\nsettings: {training_seasons: [1]}", "no list of seasons"),
        ("seasons: [2019-20]\nsettings: {training_seasons: 1}", "no lists of values"),
        ("seasons: [2019-20]\nsettings: {training_seasons: [0]}", "cannot be 0"),
        ("seasons: [2019-20]\nsettings: {training_seasons: [x]}", "cannot be 'x'"),
        ("seasons: [2019-20]\nsettings: {keep_days: [1]}", "no module of models"),
        ("seasons: [2019-20]\nsettings: {a: [1]}\nstep: 1", "has step"),
        ("seasons: [a]\nsettings: {random_state: [1]}\ncombine: all", "is 'all'"),
        (f"seasons: [a]\nsettings: {{{HALF_LIFE}: [fast]}}", "cannot be 'fast'"),
        (f"seasons: [a]\nsettings: {{{HALF_LIFE}: [true]}}", "cannot be True"),
        (f"seasons: [a]\nsettings: {{{HALF_LIFE}: [.inf]}}", "cannot be inf"),
        (f"seasons: [a]\nsettings: {{{HALF_LIFE}x: [1]}}", "are: half_life"),
        (
            "seasons: [a]\nsettings: {ml.models.team.model.MEAN: [1]}",
            "there are: MEANS",
        ),
        ("seasons: [a]\nsettings: {ml.models.team.model.MEANS: [1]}", "more than one"),
        ("seasons: [a]\nsettings: {ml.models.team.model: [1]}", "more than one"),
        ("seasons: [a]\nsettings: {ml.ratings.player.rater.X: [1]}", "in the features"),
        ("seasons: [a]\nsettings: {ml.settings.WORKER_GB: [1]}", "no module of models"),
        (
            "seasons: [a]\nsettings: {random_state: "
            f"{list(range(40))}, training_seasons: {list(range(1, 40))}}}",
            "more than 1000",
        ),
    ],
)
def test_a_plan_that_cannot_be_tried_is_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        read_plan(written(tmp_path / "plan.yml", text), Settings())


def test_a_plan_combines_what_differs_from_the_code(tmp_path: Path) -> None:
    text = (
        "seasons: [2020-21, 2019-20, 2020-21]\n"
        f"settings: {{training_seasons: [4, 6], {HALF_LIFE}: [300, 50]}}\n"
    )
    grid = read_plan(written(tmp_path / "plan.yml", text), Settings())
    assert grid.seasons == ("2019-20", "2020-21")
    assert [dict(variant.values) for variant in grid.variants] == [
        {},
        {"training_seasons": 4},
        {"training_seasons": 4, HALF_LIFE: 50.0},
        {HALF_LIFE: 50.0},
    ]
    assert (
        str(grid.variants[2]) == "MEANS.margin.drift.half_life 50, training_seasons 4"
    )
    path = written(tmp_path / "alone.yml", text + "combine: alone")
    assert [dict(each.values) for each in read_plan(path, Settings()).variants] == [
        {},
        {"training_seasons": 4},
        {HALF_LIFE: 50.0},
    ]


def test_who_forecasts_changes_nothing_and_a_killed_sweep_goes_on(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(
        {CORRELATION: 0.6}, {"training_seasons": 1}, seasons=["2019-20", "2020-21"]
    )
    alone = run.sweep(home, plan, out=tmp_path / "alone")
    others = Pickling()
    together = run.sweep(home, plan, out=tmp_path / "together", executor=others)
    assert others.n_parts == 6
    assert together.to_dict() == alone.to_dict()
    asked: list[str] = []
    forecast = run._forecast

    def killed(*arguments: Any) -> Any:
        asked.append(arguments[-1].key)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return forecast(*arguments)

    monkeypatch.setattr(run, "_forecast", killed)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run.sweep(home, plan, out=out)
    assert len(list((out / "seasons").iterdir())) == 2
    resumed = run.sweep(home, plan, out=out)
    assert len(asked) == 7
    assert len(set(asked)) == 6
    assert resumed.to_dict() == alone.to_dict()
    wider = plan_of({CORRELATION: 0.6}, {CORRELATION: 0.7})
    run.sweep(home, wider, out=out)
    assert len(asked) == 8


def test_a_variant_scores_as_the_changed_code_would(
    frame: pd.DataFrame, home: Settings, tmp_path: Path
) -> None:
    found = run.sweep(home, plan_of({PENALTY: 1e6}, {UNREAD: 0.5}), out=tmp_path)
    base, moved, unread = found.tried
    with replaced({PENALTY: 1e6}):
        forecasts = walk_forward(frame, ["2019-20"])
    games = forecasts.merge(frame, on="game_id")
    error = (games["home_margin"] - games["margin_mean"]).abs().mean()
    assert moved.scores["2019-20"]["margin_mae"] == pytest.approx(error, rel=1e-12)
    change = moved.changes["2019-20"]["margin_mae"]
    by = moved.scores["2019-20"]["margin_mae"] - base.scores["2019-20"]["margin_mae"]
    assert change.value == pytest.approx(by)
    assert change.lower < change.value < change.upper
    assert (base.is_same, moved.is_same, unread.is_same) == (False, False, True)
    assert any("changes no forecast" in each for each in found.warnings())


def test_a_value_that_no_model_bears_is_a_result(
    home: Settings, tmp_path: Path
) -> None:
    found = run.sweep(
        home, plan_of({"ml.models.team.first_games.DF": -1.0}), out=tmp_path
    )
    assert found.tried[1].scores == {}
    assert found.tried[1].problem.startswith("2019-20: ")
    assert any("failed" in each for each in found.warnings())
    table = found.to_frame()
    assert list(table["season"]) == ["2019-20", "2019-20"]
    assert table["log_loss"].isna().tolist() == [False, True]
    json.dumps(found.to_dict())


@settings(max_examples=20, deadline=None)
@given(
    costs=st.lists(
        st.tuples(st.floats(0, 10), st.floats(-1, 1)), min_size=2, max_size=20
    )
)
def test_what_all_seasons_cost_is_the_mean_of_their_games(
    costs: list[tuple[float, float]],
) -> None:
    plan = plan_of({"random_state": 1}, seasons=["2019-20", "2020-21"])
    games = costs_of([cost for cost, _ in costs])
    moved = costs_of([cost + by for cost, by in costs])
    base, other = plan.variants
    first, last = plan.seasons
    losses: dict[tuple[Variant, str], pd.DataFrame | str] = {
        (base, first): games[:1],
        (base, last): games[1:],
        (other, first): moved[:1],
        # Order does not matter.
        (other, last): moved[1:][::-1],
    }
    found = Sweep.of(plan, losses, random_state=0)
    assert found.tried[0].scores["all"]["brier"] == pytest.approx(games["brier"].mean())
    change = found.tried[1].changes["all"]["brier"]
    assert change.value == pytest.approx(sum(by for _, by in costs) / len(costs))


def test_changes_are_paired_game_by_game() -> None:
    plan = plan_of({"random_state": 1})
    base, other = plan.variants
    games = costs_of([1.0, 2.0, 4.0, 8.0])
    dearer = costs_of([1.5, 2.5, 4.5, 8.5])[::-1]
    losses = {(base, "2019-20"): games, (other, "2019-20"): dearer}
    found = Sweep.of(plan, losses, random_state=0)
    # Each game costs half a point more, whichever are resampled.
    change = found.tried[1].changes["2019-20"]["brier"]
    assert (change.lower, change.upper) == (pytest.approx(0.5), pytest.approx(0.5))


def test_later_seasons_are_no_place_to_choose() -> None:
    plan = plan_of(seasons=["2023-24"])
    losses = {(plan.variants[0], "2023-24"): costs_of([1.0])}
    found = Sweep.of(plan, losses, random_state=0)
    assert any("who chooses by 2023-24" in each for each in found.warnings())


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_the_command_prints_a_table(
    home: Settings, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.jobs.sweep.executor_of", lambda *_: ThreadPoolExecutor(1))
    path = written(
        tmp_path / "plan.yml",
        f"seasons: [2019-20, 2020-21]\nsettings: {{{CORRELATION}: [0.5]}}",
    )
    out = tmp_path / "out"
    arguments = ["sweep", str(path), "--out", str(out), "--home", str(home.home)]
    told = CliRunner().invoke(app, [*arguments, form] if form else arguments)
    assert told.exit_code == 0, told.output
    body = json.loads((out / "sweep.json").read_text("utf-8"))
    assert [each["settings"] for each in body["tried"]] == [{}, {CORRELATION: 0.5}]
    assert set(body["tried"][1]["changes"]) == {"2019-20", "2020-21", "all"}
    table = pd.read_csv(out / "sweep.csv")
    assert list(table["season"]) == ["2019-20", "2020-21", "all"] * 2
    if form == "--json":
        assert json.loads(told.stdout) == body
    elif form == "--csv":
        assert told.stdout == (out / "sweep.csv").read_text("utf-8")
    else:
        assert "CORRELATION 0.5" in told.stderr
        assert max(map(len, told.stderr.splitlines())) <= 80
