"""The box scores of the gameday page: a table a team, with intervals."""

from __future__ import annotations

from typing import Any

import pandas as pd

SHOWN = (
    ("MIN", "min"),
    ("PTS", "pts"),
    ("REB", "reb"),
    ("AST", "ast"),
    ("3PM", "fg3m"),
    ("STL", "stl"),
    ("BLK", "blk"),
    ("TOV", "tov"),
)
# Who plays less often than this is named below the table.
_UNLIKELY = 0.15


def team_boxes(players: pd.DataFrame, game_id: str) -> list[dict[str, Any]]:
    """Return what the template shows of a game's players.

    Parameters
    ----------
    players : DataFrame, shape (n_players, any)
        Player forecasts of the day.
    game_id : str
        The game.

    Returns
    -------
    list of dict
        Away, home: ``team``, ``side``, ``rows`` (in order of minutes), ``total`` and
        ``unlikely`` (names); nothing of a game whose players were not forecast.
    """
    game = players[players["game_id"] == game_id]
    if game.empty:
        return []
    boxes = []
    for is_home, side in ((False, "away"), (True, "home")):
        team = game[game["is_home"] == is_home]
        team = team.sort_values(["min_mean_all", "player_id"], ascending=[False, True])
        likely = team["play_prob"] >= _UNLIKELY
        boxes.append(
            {
                "team": team["team"].iloc[0],
                "side": side,
                "rows": [_line(row) for row in team[likely].to_dict("records")],
                "total": [f"{team[f'{stat}_mean_all'].sum():.1f}" for _, stat in SHOWN],
                "unlikely": ", ".join(team.loc[~likely, "player_name"].sort_values()),
            }
        )
    return boxes


def _line(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "name": row["player_name"],
        "plays": f"{row['play_prob']:.0%}",
        "cells": [
            {
                "mean": f"{row[f'{stat}_mean']:.1f}",
                "range": f"{row[f'{stat}_p10']:.0f}–{row[f'{stat}_p90']:.0f}",
            }
            for _, stat in SHOWN
        ],
    }
