"""What stops a forecast: impossible features before it, impossible numbers after it.

Every way to a forecast passes here: a day's files, a price, a what-if.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ml import quality
from ml.boxscore.summary import SUMMARISED
from ml.features.expectations import ranges
from ml.models.team.forecasts import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from ml.features.catalog import FeatureService

_TEAM = ("game_id", "team_id")
TEAM_GATE: tuple[quality.Expectation, ...] = (
    quality.RowCount(min=1),
    quality.Unique(("game_id",)),
    *(quality.NullShare(column) for column in COLUMNS),
    quality.Range("home_win_prob", 0, 1),
    quality.Range("margin_mean"),
    quality.Range("margin_sd", 0),
    quality.Range("total_mean", 0),
    quality.Range("total_sd", 0),
    *(
        quality.AtMost(f"{name}_{lower}", f"{name}_{upper}")
        for name in ("margin", "total")
        for lower, upper in (("p10", "p50"), ("p50", "p90"))
    ),
)
PLAYER_GATE: tuple[quality.Expectation, ...] = (
    quality.RowCount(min=10),
    quality.Unique(("game_id", "player_id")),
    quality.NullShare("play_prob"),
    quality.Range("play_prob", 0, 1),
    *(
        quality.NullShare(f"{stat}_{point}")
        for stat in SUMMARISED
        for point in ("mean", "p10", "p50", "p90", "mean_all")
    ),
    *(
        quality.AtMost(f"{stat}_{lower}{ending}", f"{stat}_{upper}{ending}")
        for stat in SUMMARISED
        for ending in ("", "_all")
        for lower, upper in (("p10", "p50"), ("p50", "p90"))
    ),
    quality.Range("min_mean", 0),
    quality.Range("pts_mean", 0),
    # 240, and 25 for every overtime, of which a close game has some chance.
    quality.GroupSum("min_mean_all", _TEAM, 240),
)


def check_matchups(frame: pd.DataFrame, service: FeatureService, day: date) -> None:
    """Stop where features of a day's games are impossible.

    Raises
    ------
    GateError
        Naming rule and rows, as the others of this module do.
    """
    expected = [quality.RowCount(1), quality.Unique(("game_id",)), *ranges(service)]
    quality.require(quality.check_frame(frame, expected, name=f"slate of {day}"))


def check_players(frame: pd.DataFrame, service: FeatureService, day: date) -> None:
    """Stop where features of a day's players are impossible."""
    key = ("game_id", "team_id", "player_id")
    expected = [quality.RowCount(1), quality.Unique(key), *ranges(service)]
    quality.require(quality.check_frame(frame, expected, name=f"players of {day}"))


def check_team_forecasts(forecasts: pd.DataFrame, day: date) -> None:
    """Stop where forecasts of games are impossible."""
    name = f"forecasts of {day}"
    quality.require(quality.check_frame(forecasts, TEAM_GATE, name=name))


def check_player_forecasts(forecasts: pd.DataFrame, day: date) -> None:
    """Stop where forecasts of players are impossible, one game's or a day's."""
    name = f"player forecasts of {day}"
    quality.require(quality.check_frame(forecasts, PLAYER_GATE, name=name))
