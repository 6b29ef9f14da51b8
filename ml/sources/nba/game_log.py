"""Box scores of whole seasons, from the league's game logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ml.ingest.contract import season_of_year
from ml.sources.nba.payload import (
    GAME_ID,
    days,
    read_json,
    result_set,
    schema_error,
    whole_numbers,
)
from ml.sources.nba.schedule import game_kind

BOX = (
    "min", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb",
    "ast", "stl", "blk", "tov", "pf", "pts",
)  # fmt: skip
TEAM_LINE = (
    "game_id", "season", "season_type", "game_date", "team_id", "team_abbreviation",
    "opponent_team_id", "is_home", "wl", *BOX, "opponent_pts",
)  # fmt: skip
PLAYER_LINE = (
    "game_id", "season", "season_type", "game_date", "player_id", "player_name",
    "team_id", "team_abbreviation", "opponent_team_id", "is_home", "wl", *BOX,
    "plus_minus",
)  # fmt: skip

_NAMES = ("SEASON_ID", "TEAM_ID", "TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE")
_COLUMNS = (*_NAMES, "MATCHUP", "WL", *(name.upper() for name in BOX), "PLUS_MINUS")


@dataclass(frozen=True)
class Lines:
    """Box score lines of games.

    Attributes
    ----------
    rows : DataFrame
        `TEAM_LINE` or `PLAYER_LINE`.
    unplaced : DataFrame
        ``game_id, team_id``: lines whose opponent or side nothing tells; they are in
        no row.
    """

    rows: pd.DataFrame
    unplaced: pd.DataFrame


def parse_game_log(
    body: bytes, kind: Literal["P", "T"], endpoint: str = "leaguegamelog"
) -> pd.DataFrame:
    """Read the game log of players or teams.

    Parameters
    ----------
    body : bytes
        Of ``leaguegamelog``.
    kind : {"P", "T"}
        Whose lines they are.
    endpoint : str
        What errors call it.

    Returns
    -------
    DataFrame
        One row per line, with the columns of the contract, ``matchup`` and
        ``plus_minus``, and without the opponent. Empty where the endpoint has no rows:
        it answers so for an impossible season as well as for one without games.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    of_players = ("PLAYER_ID", "PLAYER_NAME") if kind == "P" else ()
    log = result_set(
        read_json(body, endpoint), "LeagueGameLog", (*of_players, *_COLUMNS)
    )
    log.columns = log.columns.str.lower()
    for name in ("team_id", *(["player_id"] if kind == "P" else [])):
        log[name] = whole_numbers(log[name], endpoint=endpoint)
    # Of the first seasons of the log not everything was counted.
    for name in (*BOX, "plus_minus"):
        log[name] = whole_numbers(log[name], endpoint=endpoint, nullable=True)
    log["game_id"] = _game_ids(log["game_id"], endpoint)
    log["game_date"] = days(log["game_date"], endpoint=endpoint)
    log.insert(1, "season", _seasons(log["season_id"], endpoint))
    log.insert(2, "season_type", log["game_id"].map(game_kind))
    return log.drop(columns="season_id")


def team_lines(log: pd.DataFrame, games: pd.DataFrame) -> Lines:
    """Complete a log of teams: who was at home, against whom.

    Parameters
    ----------
    log : DataFrame
        As `parse_game_log` returns it for teams.
    games : DataFrame
        ``game_id, home_team_id, away_team_id``: the schedule, which alone knows home
        and away of games on neutral courts (both lines of them say "@").

    Returns
    -------
    Lines
        Rows of `TEAM_LINE`.
    """
    lines, unplaced = _placed(log, games)
    points = log.set_index(["game_id", "team_id"])["pts"]
    key = pd.MultiIndex.from_frame(lines[["game_id", "opponent_team_id"]])
    lines["opponent_pts"] = points.reindex(key).to_numpy()
    return Lines(lines[list(TEAM_LINE)], unplaced)


def player_lines(log: pd.DataFrame, games: pd.DataFrame) -> Lines:
    """Complete a log of players: who was at home, against whom.

    Parameters
    ----------
    log : DataFrame
        As `parse_game_log` returns it for players.
    games : DataFrame
        As for `team_lines`.

    Returns
    -------
    Lines
        Rows of `PLAYER_LINE`.
    """
    lines, unplaced = _placed(log, games)
    return Lines(lines[list(PLAYER_LINE)], unplaced)


def _placed(
    log: pd.DataFrame, games: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    by_game = games.set_index("game_id")[["home_team_id", "away_team_id"]]
    sides = by_game.reindex(log["game_id"]).set_axis(log.index)
    at_home = sides["home_team_id"] == log["team_id"]
    is_away = sides["away_team_id"] == log["team_id"]
    is_known = (at_home | is_away).fillna(False).astype(bool)
    lines = log.copy()
    lines["is_home"] = at_home.astype("Int64")
    opponent = sides["away_team_id"].where(
        at_home.fillna(False).astype(bool), sides["home_team_id"]
    )
    lines["opponent_team_id"] = opponent.astype("Int64")
    unplaced = log.loc[~is_known, ["game_id", "team_id"]].drop_duplicates()
    return (
        lines[is_known].reset_index(drop=True),
        unplaced.reset_index(drop=True),
    )


def _game_ids(values: pd.Series[Any], endpoint: str) -> pd.Series[Any]:
    for place, value in enumerate(values):
        if not isinstance(value, str) or not GAME_ID.fullmatch(value):
            path = f"GAME_ID of row {place}"
            raise schema_error(endpoint, path, value, "a game id of ten digits")
    return values.astype(str)


def _seasons(values: pd.Series[Any], endpoint: str) -> pd.Series[Any]:
    result = []
    for place, value in enumerate(values):
        if not re.fullmatch("[0-9]{5}", str(value)):
            path = f"SEASON_ID of row {place}"
            raise schema_error(endpoint, path, value, "a kind and a year (22025)")
        result.append(season_of_year(int(str(value)[1:])))
    return pd.Series(result, index=values.index, dtype=object)
