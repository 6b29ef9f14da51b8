"""What a game's rosters are worth when a player is out, or his minutes are given.

The roster's features are computed by the SQL of ``fv_team_roster`` itself, as dbt
compiled it, from the players it would read with those supposed in place of them.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from ml.errors import MissingError
from ml.predict.what_if import Scenario
from ml.settings import Settings
from ml.storage.warehouse import open_warehouse

_VIEW = "fv_team_roster"
_READ = re.compile(r'(?:"\w+"\.)*"int_roster_outlook"')
_LONGEST = 48.0
_STAMPS = ("event_timestamp", "created_timestamp")


def what_if_rosters(
    settings: Settings, matchups: pd.DataFrame, game_id: str, scenario: Scenario
) -> pd.DataFrame:
    """Return the matchups with a game's rosters as a scenario would have them.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse and the compiled SQL are.
    matchups : DataFrame, shape (n_games, ...)
        Frame of the ``team_matchup`` service.
    game_id : str
        The game.
    scenario : Scenario
        What is supposed.

    Returns
    -------
    DataFrame, shape (n_games, ...)
        ``home_``, ``away_`` and ``diff_`` features of the roster moved by what the
        scenario changes in them; everything else, and what is not known, as it was.

    Raises
    ------
    MissingError
        If the features were not built here.
    """
    with open_warehouse(settings) as warehouse:
        outlook = warehouse.execute(
            "select * from int_roster_outlook where game_id = ?", [game_id]
        ).df()
        before = _rosters(warehouse, _compiled(settings), outlook)
        after = _rosters(
            warehouse, _compiled(settings), what_if_outlook(outlook, scenario)
        )
    change = after - before
    frame = matchups.copy()
    row = (frame["game_id"] == game_id).to_numpy()
    for name in change.columns:
        moved: dict[str, float] = {}
        for side in ("home", "away"):
            column = f"{side}_{name}"
            if column not in frame:
                continue
            team = int(frame.loc[row, f"{side}_team_id"].iloc[0])
            moved[side] = float(change[name].get(team, 0.0))
            frame.loc[row, column] += moved[side]
        if f"diff_{name}" in frame:
            shift = moved.get("home", 0.0) - moved.get("away", 0.0)
            frame.loc[row, f"diff_{name}"] += shift
    return frame


def what_if_outlook(outlook: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return what is expected of a roster's players under a scenario.

    Parameters
    ----------
    outlook : DataFrame, shape (n_players, ...)
        Rows of ``int_roster_outlook``.
    scenario : Scenario
        Players out, minutes that are given, and lineups that are.
    """
    player = outlook["player_id"]
    minutes = player.map(dict(scenario.minutes)).to_numpy(float)
    given = ~np.isnan(minutes)
    out = player.isin(scenario.out).to_numpy()
    chance = np.where(given, 1.0, np.where(out, 0.0, outlook["play_chance"]))
    factor = player.map(dict(scenario.factors)).fillna(1.0)
    moved = np.minimum(
        outlook["expected_min"] * factor, _LONGEST * outlook["play_chance"]
    )
    usual = np.where(factor == 1.0, outlook["expected_min"], moved)
    expected = np.where(given, minutes, np.where(out, 0.0, usual))
    return outlook.assign(play_chance=chance, expected_min=expected)


def _compiled(settings: Settings) -> str:
    folder = settings.manifest.parent / "compiled"
    found = sorted(folder.rglob(f"{_VIEW}.sql"))
    found = [path for path in found if _is_model(path)]
    if not found:
        raise MissingError(
            f"there is no compiled {_VIEW} in {folder}", "run tipoff build"
        )
    return found[0].read_text("utf-8")


def _is_model(path: Path) -> bool:
    return _READ.search(path.read_text("utf-8")) is not None


def _rosters(
    warehouse: duckdb.DuckDBPyConnection, sql: str, outlook: pd.DataFrame
) -> pd.DataFrame:
    """Return the features of each side, indexed by team."""
    warehouse.register("what_if_outlook", outlook)
    table = warehouse.execute(_READ.sub("what_if_outlook", sql)).df()
    warehouse.unregister("what_if_outlook")
    features = table.drop(columns=["game_id", *_STAMPS]).set_index("team_id")
    # What people are told, such as whether a report is in, does not move.
    return features.select_dtypes("number").astype(float)
