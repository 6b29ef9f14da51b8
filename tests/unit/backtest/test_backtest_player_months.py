"""Months of players: kept, taken over, drawn again where anything has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.backtest.player import blocks
from ml.backtest.player.blocks import MonthDraws, PlayerMonth, draw_months
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.stats import LEARNT
from tests.executors import Pickling

SPREAD = MinutesSpread(
    np.array([5.0, 35.0]), np.array([0.1, 0.9]), np.array([[-3.0, 4.0], [-6.0, 5.0]])
)


@pytest.fixture
def month() -> PlayerMonth:
    rows = pd.DataFrame(
        {
            "game_id": "g",
            "team_id": np.repeat([1, 2], 9),
            "player_id": np.arange(18),
            "is_candidate": True,
            "is_home": np.repeat([1.0, 0.0], 9),
            "play_prob": 0.95,
            "min": 26.0,
        }
    )
    expected = rows.assign(**dict.fromkeys(LEARNT, 3.0)).assign(
        pts=12.0, fgm=4.5, fga=10.0, fg3a=4.0, fg3m=1.0, oreb=1.0, dreb=2.0
    )
    teams = pd.DataFrame(
        {
            "game_id": ["g"],
            "margin_mean": 2.0,
            "margin_sd": 12.0,
            "total_mean": 224.0,
            "total_sd": 18.0,
        }
    )
    truth = dict.fromkeys(("pts", "reb", "ast", "fg3m", "pra"), 3.0)
    lines = rows[["game_id", "player_id"]].assign(min=20.0, **truth)
    return PlayerMonth("2022-23", "2022-12", expected, teams, lines, SPREAD, 120, 3)


def same(one: MonthDraws, two: MonthDraws) -> bool:
    return one.forecasts.equals(two.forecasts) and one.league.equals(two.league)


def test_a_month_is_kept_and_taken_over(
    month: PlayerMonth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drawn,) = draw_months([month], store=tmp_path)
    assert len(drawn.scored) == 18
    assert drawn.scored["pra_counts"][0].sum() <= 120

    def refuse(month: PlayerMonth) -> MonthDraws:
        raise KeyboardInterrupt

    monkeypatch.setattr(blocks.PlayerMonth, "draw", refuse)
    (again,) = draw_months([month], store=tmp_path)
    assert same(drawn, again)
    moved = replace(month, teams=month.teams.assign(margin_mean=3.0))
    with pytest.raises(KeyboardInterrupt):
        draw_months([moved], store=tmp_path)


def test_a_month_killed_while_it_was_written_is_drawn_again(
    month: PlayerMonth, tmp_path: Path
) -> None:
    (drawn,) = draw_months([month], store=tmp_path)
    (last,) = tmp_path.glob("*.forecasts")
    last.unlink()
    (again,) = draw_months([month], store=tmp_path)
    assert same(drawn, again)
    assert last.exists()


def test_processes_draw_what_one_would(month: PlayerMonth) -> None:
    months = [replace(month, random_state=seed) for seed in range(3)]
    others = Pickling()
    for together in (draw_months(months), draw_months(months, executor=others)):
        for one, drawn in zip(months, together, strict=True):
            assert same(one.draw(), drawn)
    assert others.n_parts == 3
