"""Rows of the source tables, from a season that was played."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from ml.arrays import Ints
from ml.sources.synthetic.block import Block
from ml.sources.synthetic.franchises import FRANCHISES
from ml.sources.synthetic.market import Lines
from ml.sources.synthetic.slate import COUNT
from ml.sources.synthetic.truth import Truth, expect_minutes

Columns = dict[str, list[Any]]
TEAM_ID = np.array([team.team_id for team in FRANCHISES])
ABBREVIATION = np.array([team.abbreviation for team in FRANCHISES])


def game_dates(block: Block, first_day: date) -> list[str]:
    """Dates of a block's games, ISO."""
    return [(first_day + timedelta(days=int(day))).isoformat() for day in block.day]


def game_columns(
    block: Block, label: str, first_day: date, rng: np.random.Generator
) -> Columns:
    """Columns of ``games``; results are null where a game was not played.

    Parameters
    ----------
    block : Block
    label : str
        Season.
    first_day : date
    rng : numpy.random.Generator
        For the delay between the announced and the real tip-off.

    Returns
    -------
    dict of list
    """
    n = len(block.day)
    missing = [None] * (n - block.n_played)
    delay = rng.integers(7, 15, n)
    tipoff = [
        datetime.combine(first_day, time()) + timedelta(days=int(day), minutes=int(at))
        for day, at in zip(block.day, block.tipoff_minute + delay, strict=True)
    ]
    points = block.played.points
    return {
        "game_id": block.game_id,
        "season": [label] * n,
        "season_type": [block.season_type] * n,
        "game_date": game_dates(block, first_day),
        "tipoff_et": [str(moment) for moment in tipoff],
        "home_team_id": TEAM_ID[block.home].tolist(),
        "away_team_id": TEAM_ID[block.away].tolist(),
        "home_pts": points[0::2].tolist() + missing,
        "away_pts": points[1::2].tolist() + missing,
        "periods": block.played.periods.astype(float).tolist() + missing,
        "is_neutral_site": [0] * n,
    }


def _row_columns(block: Block, label: str, first_day: date, rows: Ints) -> Columns:
    """Columns that team and player boxes share."""
    game, side = rows // 2, rows % 2
    both = np.stack([block.home, block.away], axis=1)
    team, other = both[game, side], both[game, 1 - side]
    points = block.played.points
    won = points[rows] > points[rows ^ 1]
    dates = np.array(game_dates(block, first_day), dtype=object)
    return {
        "game_id": np.array(block.game_id, dtype=object)[game].tolist(),
        "season": [label] * len(rows),
        "season_type": [block.season_type] * len(rows),
        "game_date": dates[game].tolist(),
        "team_id": TEAM_ID[team].tolist(),
        "team_abbreviation": ABBREVIATION[team].tolist(),
        "opponent_team_id": TEAM_ID[other].tolist(),
        "is_home": (1 - side).tolist(),
        "wl": np.where(won, "W", "L").tolist(),
    }


def _box_columns(box: Ints) -> Columns:
    """Name the counting statistics of a box of shape (n, len(COUNTS))."""
    columns = {name: box[:, column] for name, column in COUNT.items()}
    columns["reb"] = columns["oreb"] + columns["dreb"]
    columns["pts"] = 2 * columns["fgm"] + columns["fg3m"] + columns["ftm"]
    return {name: values.tolist() for name, values in columns.items()}


def team_columns(block: Block, label: str, first_day: date) -> Columns:
    """Columns of ``team_game_stats``."""
    played = block.played
    rows = np.arange(2 * block.n_played)
    points = played.points
    return {
        **_row_columns(block, label, first_day, rows),
        "min": whole_minutes(played.seconds).sum(axis=1).tolist(),
        **_box_columns(played.box.sum(axis=1)),
        "opponent_pts": points[rows ^ 1].tolist(),
    }


def player_columns(
    block: Block, label: str, first_day: date, names: list[str], ids: Ints
) -> Columns:
    """Columns of ``player_game_stats``: everybody who was on court."""
    played = block.played
    rows, slots = np.nonzero(played.seconds > 0)
    players = block.gameday.players[rows, slots]
    return {
        **_row_columns(block, label, first_day, rows),
        "player_id": ids[players].tolist(),
        "player_name": [names[player] for player in players],
        "min": whole_minutes(played.seconds)[rows, slots].tolist(),
        **_box_columns(played.box[rows, slots]),
        "plus_minus": played.plus_minus[rows, slots].tolist(),
    }


def whole_minutes(seconds: Ints) -> Ints:
    """Minutes as the box shows them, half up."""
    minutes: Ints = (seconds + 30) // 60
    return minutes


def starter_columns(block: Block, label: str, ids: Ints) -> Columns:
    """Columns of ``starters``."""
    players = block.gameday.players[: 2 * block.n_played, :5].reshape(-1)
    game = np.arange(len(players)) // 10
    return {
        "game_id": np.array(block.game_id, dtype=object)[game].tolist(),
        "season": [label] * len(players),
        "player_id": ids[players].tolist(),
    }


def stint_columns(block: Block, label: str, ids: Ints) -> Columns:
    """Columns of ``impact_lineup_stints``."""
    stints = block.played.stints
    n = len(stints.game)
    first = np.searchsorted(stints.game, stints.game)
    columns: Columns = {
        "game_id": np.array(block.game_id, dtype=object)[stints.game].tolist(),
        "season": [label] * n,
        "stint_idx": (np.arange(n) - first).tolist(),
        "period": stints.period.tolist(),
        "start_elapsed": stints.start.astype(float).tolist(),
        "end_elapsed": stints.end.astype(float).tolist(),
        "seconds": (stints.end - stints.start).astype(float).tolist(),
    }
    for side, name in enumerate(("home", "away")):
        rows = (2 * stints.game + side)[:, None]
        five = np.sort(ids[block.gameday.players[rows, stints.court[:, side]]], axis=1)
        for place in range(5):
            columns[f"{name}_p{place + 1}"] = five[:, place].tolist()
        columns[f"{name}_pts"] = stints.points[:, side].tolist()
        columns[f"{name}_poss"] = stints.possessions[:, side].tolist()
    return columns


def line_columns(block: Block, label: str, first_day: date, lines: Lines) -> Columns:
    """Columns of ``closing_lines``."""
    return {
        "game_id": block.game_id,
        "season": [label] * len(block.game_id),
        "game_date": game_dates(block, first_day),
        "home_spread": lines.home_spread.tolist(),
        "total": lines.total.tolist(),
        "moneyline_home": _nullable(lines.moneyline_home),
        "moneyline_away": _nullable(lines.moneyline_away),
    }


def _nullable(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def truth_game_columns(block: Block, label: str, truth: Truth) -> Columns:
    """Columns of ``truth_games``."""
    return {
        "game_id": block.game_id,
        "season": [label] * len(block.game_id),
        "home_win_probability": truth.home_win.tolist(),
        "expected_margin": truth.margin.tolist(),
        "expected_total": truth.total.tolist(),
    }


def truth_minute_columns(block: Block, label: str, ids: Ints) -> Columns:
    """Columns of ``truth_minutes``: everybody who dresses."""
    players = block.gameday.players
    rows, slots = np.nonzero(players >= 0)
    minutes = expect_minutes(block.gameday.slate.targets)
    return {
        "game_id": np.array(block.game_id, dtype=object)[rows // 2].tolist(),
        "season": [label] * len(rows),
        "player_id": ids[players[rows, slots]].tolist(),
        "expected_minutes": minutes[rows, slots].tolist(),
    }
