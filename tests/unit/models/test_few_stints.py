"""Margins where ratings rest on fewer stints than a model has learnt from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.models.team.design import STINTS
from ml.models.team.model import TeamModel
from tests.matchup_frames import known_frame


def league(*, share_at_the_end: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return games to learn from, and later ones whose ratings are half as wide.

    Box scores say the same of a roster in both, with noise.
    """
    frame = known_frame(n_seasons=2, n_games=600)
    rng = np.random.default_rng(1)
    later = (frame["season"] == frame["season"].max()).to_numpy()
    for side in ("home", "away"):
        strength = frame.pop(f"{side}_strength")
        noise = rng.normal(0.0, 0.5, len(frame))
        frame[f"{side}_roster_off_impact"] = strength * np.where(later, 0.5, 1.0)
        frame[f"{side}_box_roster_off_impact"] = 0.8 * strength + noise
        frame[f"{side}_box_roster_def_impact"] = rng.normal(0.0, 1.0, len(frame))
        frame[f"{side}_stint_share"] = np.where(later, share_at_the_end, 1.0)
    return frame[~later], frame[later]


def slope(model: TeamModel, games: pd.DataFrame) -> float:
    expected = model.predict(games).to_frame()["margin_mean"]
    return float(np.polyfit(expected, games["home_margin"], 1)[0])


def test_margins_stay_as_bold_where_stints_stop() -> None:
    past, games = league(share_at_the_end=0.2)
    model = TeamModel.fit(past)
    assert model.stintless is not None
    assert model.stintless.usual_share == 1.0
    assert not set(model.design.sides) & set(STINTS)
    assert slope(replace(model, stintless=None), games) > 1.5
    assert 0.9 < slope(model, games) < 1.3
    assert {f"{side}_{name}" for name in STINTS for side in ("home", "away")} <= set(
        model.card.features
    )


def test_nothing_moves_where_the_share_is_what_it_was() -> None:
    past, games = league(share_at_the_end=1.0)
    model = TeamModel.fit(past)
    without = replace(model, stintless=None)
    expected = without.predict(games).to_frame()
    pd.testing.assert_frame_equal(model.predict(games).to_frame(), expected)
    unknown = games.assign(home_stint_share=np.nan)
    pd.testing.assert_frame_equal(model.predict(unknown).to_frame(), expected)
    # Nor in a league that never had stints, nor where more have come.
    never = past.assign(home_stint_share=0.0, away_stint_share=0.0)
    model = TeamModel.fit(never)
    assert model.stintless is not None
    margin = np.zeros(len(games))
    assert (model.stintless.correction(games, margin) == 0.0).all()


def test_a_kept_model_moves_as_much(tmp_path: Path) -> None:
    past, games = league(share_at_the_end=0.5)
    model = TeamModel.fit(past)
    model.save(tmp_path)
    kept = TeamModel.load(tmp_path)
    pd.testing.assert_frame_equal(
        kept.predict(games).to_frame(), model.predict(games).to_frame()
    )


@pytest.mark.parametrize("absent", STINTS)
def test_without_the_columns_there_is_no_second_regression(absent: str) -> None:
    past, _ = league(share_at_the_end=1.0)
    assert (
        TeamModel.fit(past.drop(columns=f"home_{absent}").head(250)).stintless is None
    )
