"""From what is expected of the players to the input that box scores are drawn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.arrays import Floats
from ml.boxscore.game_input import GameInput, TeamInput
from ml.boxscore.stats import DRAWN, LEARNT


def game_input(game_id: str, home_team_id: int, expected: pd.DataFrame) -> GameInput:
    """Make the input of one game.

    Parameters
    ----------
    game_id : str
        The game.
    home_team_id : int
        Which side is at home.
    expected : DataFrame, shape (n_players, ...)
        ``team_id``, ``player_id`` and the columns of `BoxScoreModel.expect`.

    Raises
    ------
    ModelError
        If a side has fewer than five players.
    """
    at_home = expected["team_id"].to_numpy() == home_team_id
    return GameInput(
        game_id, _team_input(expected[at_home]), _team_input(expected[~at_home])
    )


def _team_input(rows: pd.DataFrame) -> TeamInput:
    rows = rows.sort_values("player_id")
    return TeamInput(
        team_id=int(rows["team_id"].iloc[0]) if len(rows) else -1,
        player_id=rows["player_id"].to_numpy(np.int64),
        play_prob=rows["play_prob"].to_numpy(float),
        minutes=rows["min"].to_numpy(float),
        expected=drawn_counts(rows),
        fixed_minutes=np.full(len(rows), np.nan),
    )


def drawn_counts(rows: pd.DataFrame) -> Floats:
    """Turn expected columns of a box score into expected counts of `DRAWN`.

    Makes are scaled so that they are worth the expected points, rebounds of both kinds
    so that they add up to those expected.
    """
    column = {name: rows[name].to_numpy(float) for name in LEARNT}
    twos = np.maximum(column["fgm"] - column["fg3m"], 0.01)
    points = 2.0 * twos + 3.0 * column["fg3m"] + column["ftm"]
    worth = column["pts"] / points
    boards = column["reb"] / (column["oreb"] + column["dreb"])
    two_tries = np.maximum(column["fga"] - column["fg3a"], twos * worth + 0.01)
    parts = {
        "fg2m": twos * worth,
        "fg2_miss": two_tries - twos * worth,
        "fg3m": column["fg3m"] * worth,
        "fg3_miss": np.maximum(column["fg3a"] - column["fg3m"] * worth, 0.01),
        "ftm": column["ftm"] * worth,
        "ft_miss": np.maximum(column["fta"] - column["ftm"] * worth, 0.01),
        "oreb": column["oreb"] * boards,
        "dreb": column["dreb"] * boards,
    }
    return np.column_stack([(column | parts)[name] for name in DRAWN])
