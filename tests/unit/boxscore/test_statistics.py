"""What has to be said of every statistic of a box score is said of each."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np

from ml.boxscore.sample import box_columns
from ml.boxscore.stats import BOX, DRAWN, LEARNT
from ml.ingest.contract import table
from ml.settings import project_variable

MACROS = Path(__file__).parents[3] / "macros"


def returned(macro: str) -> Any:
    """What a macro returns, where it is a list or a dictionary."""
    text = (MACROS / f"{macro}.sql").read_text("utf-8")
    found = re.search(r"return\((.*)\) }}", text, re.DOTALL)
    assert found is not None
    return ast.literal_eval(found[1])


def test_features_are_made_of_what_the_model_learns() -> None:
    assert tuple(returned("box_stats")) == LEARNT


def test_every_rate_is_mixed_with_a_prior() -> None:
    assert tuple(returned("dvp_prior_minutes")) == LEARNT
    assert tuple(project_variable("prior_minutes")) == LEARNT


def test_a_source_has_them_of_teams_and_of_players() -> None:
    for name in ("team_game_stats", "player_game_stats"):
        columns = {column.name for column in table(name).columns}
        assert set(BOX) <= columns


def test_what_is_drawn_makes_the_whole_box() -> None:
    counts = dict.fromkeys(("min", *DRAWN), np.ones((1, 1), dtype=np.int64))
    assert set(box_columns(counts)) == set(BOX)
