"""The schedule of a season, and the games of a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

import pandas as pd

from ml.ingest.contract import CANCELLED, POSTPONED
from ml.ingest.kinds import KIND_BY_PREFIX
from ml.sources.nba.payload import Node, read_json, season_of_game

GAME_COLUMNS = (
    "game_id", "season", "season_type", "game_date", "tipoff_et",
    "home_team_id", "away_team_id", "home_pts", "away_pts", "periods",
    "status", "is_neutral_site",
)  # fmt: skip
TEAM_COLUMNS = ("team_id", "team_abbreviation", "team_name")
SCHEDULED, LIVE, FINAL = "scheduled", "live", "final"
UNKNOWN_TEAM = 0

_STATUS_CODES = {1: SCHEDULED, 2: LIVE, 3: FINAL}
_OVERTIMES = re.compile(r"final\s*/\s*(\d?)\s*ot\s*(\d?)", re.IGNORECASE)


@dataclass(frozen=True)
class Games:
    """What an endpoint says about games.

    Attributes
    ----------
    games : DataFrame
        `GAME_COLUMNS`, one row per game, of every kind. A team that is not known yet
        is 0. Scores and periods are there only for finished games.
    teams : DataFrame
        `TEAM_COLUMNS`, the teams of those games.
    """

    games: pd.DataFrame
    teams: pd.DataFrame


def parse_schedule(body: bytes, endpoint: str = "scheduleLeagueV2") -> Games:
    """Read the schedule of a season.

    The files of cdn.nba.com and of stats.nba.com have the same form.

    Parameters
    ----------
    body : bytes
        Of ``scheduleLeagueV2.json`` or ``scheduleleaguev2``.
    endpoint : str
        What errors call it.

    Returns
    -------
    Games
        Every game of every kind, in order of day and id.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    schedule = read_json(body, endpoint).at("leagueSchedule")
    return _games(
        (game, _scheduled_game(game))
        for day in schedule.each("gameDates")
        for game in day.each("games")
    )


def parse_scoreboard(body: bytes, endpoint: str = "todaysScoreboard") -> Games:
    """Read the games of one day, as they stand.

    Parameters
    ----------
    body : bytes
        Of cdn ``todaysScoreboard_00.json`` or stats ``scoreboardv3``.
    endpoint : str
        What errors call it.

    Returns
    -------
    Games
        Empty on a day without games.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    scoreboard = read_json(body, endpoint).at("scoreboard")
    return _games(
        (game, _game(game, game.wall_clock("gameEt"), day=None))
        for game in scoreboard.each("games")
    )


def game_state(game: Node) -> str:
    """Say in what state a game is.

    A text that says so beats the number: games stay at 2 after their end, and a
    postponed one is at 1.

    Parameters
    ----------
    game : Node
        With ``gameStatus`` and ``gameStatusText``.

    Returns
    -------
    str
        ``scheduled``, ``live``, ``final``, ``postponed`` or ``cancelled``.

    Raises
    ------
    SourceError
        If the number is none of 1, 2 and 3.
    """
    code = game.integer("gameStatus")
    if code not in _STATUS_CODES:
        raise game.error("gameStatus", code, "1, 2 or 3")
    text = game.text("gameStatusText").lower()
    if re.search("ppd|postpon|susp", text):
        return POSTPONED
    if re.search("cncl|cancel", text):
        return CANCELLED
    if text.startswith("final"):
        return FINAL
    return _STATUS_CODES[code]


def game_kind(game_id: str) -> str:
    """Name the kind that a game's id tells; an unknown one is told as it is."""
    return KIND_BY_PREFIX.get(game_id[:3], f"unknown kind {game_id[:3]}")


def _scheduled_game(game: Node) -> dict[str, object]:
    clock = game.wall_clock("gameDateTimeEst")
    return _game(game, clock, day=game.wall_clock("gameDateEst").date())


def _game(game: Node, clock: datetime, *, day: date | None) -> dict[str, object]:
    game_id = game.game_id("gameId")
    home, away = game.at("homeTeam"), game.at("awayTeam")
    state = game_state(game)
    # Where the hour is not fixed, midnight stands for it; no game begins then.
    is_fixed = clock.time() != time(0) and game.text("gameStatusText").upper() != "TBD"
    is_final = state == FINAL
    neutral = game.flag("isNeutral") if game.has("isNeutral") else None
    return {
        "game_id": game_id,
        "season": season_of_game(game_id),
        "season_type": game_kind(game_id),
        "game_date": day or clock.date(),
        "tipoff_et": clock if is_fixed else None,
        "home_team_id": home.integer("teamId"),
        "away_team_id": away.integer("teamId"),
        "home_pts": home.integer("score") if is_final else None,
        "away_pts": away.integer("score") if is_final else None,
        "periods": _periods(game) if is_final else None,
        "status": state,
        "is_neutral_site": None if neutral is None else int(neutral),
    }


def _periods(game: Node) -> int:
    if game.has("period"):
        return max(game.integer("period"), 4)
    found = _OVERTIMES.search(game.text("gameStatusText"))
    return 4 + int(found[1] or found[2] or 1) if found else 4


def _teams_of(game: Node) -> dict[int, tuple[str, str]]:
    teams = {}
    for side in ("homeTeam", "awayTeam"):
        team = game.at(side)
        team_id = team.integer("teamId")
        if team_id != UNKNOWN_TEAM and team.has("teamTricode"):
            name = f"{team.text_or_none('teamCity') or ''} {team.text('teamName')}"
            teams[team_id] = (team.text("teamTricode"), name.strip())
    return teams


def _games(found: Iterable[tuple[Node, dict[str, object]]]) -> Games:
    rows: list[dict[str, object]] = []
    teams: dict[int, tuple[str, str]] = {}
    for game, row in found:
        rows.append(row)
        teams |= _teams_of(game)
    games = pd.DataFrame(rows, columns=list(GAME_COLUMNS)).astype(
        dict.fromkeys(
            (
                *("home_team_id", "away_team_id", "home_pts", "away_pts"),
                *("periods", "is_neutral_site"),
            ),
            "Int64",
        )
    )
    games["tipoff_et"] = pd.to_datetime(games["tipoff_et"]).astype("datetime64[us]")
    games = games.sort_values(["game_date", "game_id"], ignore_index=True)
    names = [(team_id, *name) for team_id, name in sorted(teams.items())]
    return Games(games, pd.DataFrame(names, columns=list(TEAM_COLUMNS)))
