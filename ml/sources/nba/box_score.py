"""One game's box score: lines, starters, and who was out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ml.sources.nba.game_log import BOX, PLAYER_LINE, TEAM_LINE
from ml.sources.nba.payload import (
    Node,
    official_minutes,
    read_json,
    season_of_game,
)
from ml.sources.nba.schedule import FINAL, LIVE, game_kind, game_state

STARTER_COLUMNS = ("game_id", "season", "player_id")
ABSENCE_COLUMNS = (
    "game_id", "team_id", "player_id", "player_name", "is_active", "reason",
    "description",
)  # fmt: skip

_FIELDS = {
    "fgm": "fieldGoalsMade",
    "fga": "fieldGoalsAttempted",
    "fg3m": "threePointersMade",
    "fg3a": "threePointersAttempted",
    "ftm": "freeThrowsMade",
    "fta": "freeThrowsAttempted",
    "oreb": "reboundsOffensive",
    "dreb": "reboundsDefensive",
    "reb": "reboundsTotal",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "foulsPersonal",
    "pts": "points",
}


@dataclass(frozen=True)
class BoxScore:
    """One game's box score.

    Attributes
    ----------
    game : dict
        ``game_id, home_team_id, away_team_id, home_pts, away_pts, periods, status``;
        points and periods are None unless the game is over, periods also where the
        endpoint does not tell them.
    team_game_stats, player_game_stats : DataFrame
        Rows of the contract; of a game in progress as it stands, with ``wl`` null.
        Only players who were on court have a line.
    starters : DataFrame
        `STARTER_COLUMNS`.
    absences : DataFrame
        `ABSENCE_COLUMNS`: who was listed and did not play, with the reason given.
    """

    game: dict[str, Any]
    team_game_stats: pd.DataFrame
    player_game_stats: pd.DataFrame
    starters: pd.DataFrame
    absences: pd.DataFrame


def parse_box_score(body: bytes, endpoint: str = "cdn boxscore") -> BoxScore:
    """Read the box score of cdn.nba.com.

    Parameters
    ----------
    body : bytes
        Of ``liveData/boxscore/boxscore_{game_id}.json``.
    endpoint : str
        What errors call it.

    Returns
    -------
    BoxScore

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    game = read_json(body, endpoint).at("game")
    sides = (game.at("homeTeam"), game.at("awayTeam"))
    day = game.wall_clock("gameEt").date()
    state = game_state(game)
    header = _header(game, sides, state, periods=game.integer("period"))
    players = [
        (side, player, player.flag("played"), player.flag("starter"))
        for side in sides
        for player in side.each("players")
    ]
    absences = [
        (
            header["game_id"],
            side.integer("teamId"),
            player.integer("personId"),
            player.text("name"),
            player.text("status").upper() == "ACTIVE",
            player.text_or_none("notPlayingReason"),
            player.text_or_none("notPlayingDescription"),
        )
        for side, player, played, _ in players
        if not played
    ]
    return _box(header, sides, players, absences, day=day)


def parse_box_score_v3(
    body: bytes, game_date: Any, endpoint: str = "boxscoretraditionalv3"
) -> BoxScore:
    """Read the box score of stats.nba.com, which knows neither day nor periods.

    Parameters
    ----------
    body : bytes
        Of ``boxscoretraditionalv3``.
    game_date : date
        The game's day, from the schedule.
    endpoint : str
        What errors call it.

    Returns
    -------
    BoxScore
        Of a game that is taken to be over: the endpoint does not say.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    game = read_json(body, endpoint).at("boxScoreTraditional")
    sides = (game.at("homeTeam"), game.at("awayTeam"))
    players = [
        (
            side,
            player,
            player.at("statistics").minutes_seconds("minutes") > 0,
            player.text("position") != "",
        )
        for side in sides
        for player in side.each("players")
    ]
    header = _header(game, sides, FINAL, periods=None)
    absences = [
        (
            header["game_id"],
            side.integer("teamId"),
            player.integer("personId"),
            _full_name(player),
            not (player.text_or_none("comment") or "").startswith("NWT"),
            player.text_or_none("comment"),
            None,
        )
        for side, player, played, _ in players
        if not played
    ]
    return _box(header, sides, players, absences, day=game_date)


def _header(
    game: Node, sides: tuple[Node, Node], state: str, *, periods: int | None
) -> dict[str, Any]:
    is_final = state == FINAL
    points = [_team_points(side) if is_final else None for side in sides]
    return {
        "game_id": game.game_id("gameId"),
        "home_team_id": sides[0].integer("teamId"),
        "away_team_id": sides[1].integer("teamId"),
        "home_pts": points[0],
        "away_pts": points[1],
        "periods": max(periods, 4) if is_final and periods is not None else None,
        "status": state,
    }


def _team_points(side: Node) -> int:
    if side.has("score"):
        return side.integer("score")
    return side.at("statistics").integer("points")


def _box(
    header: dict[str, Any],
    sides: tuple[Node, Node],
    players: list[tuple[Node, Node, bool, bool]],
    absences: list[tuple[Any, ...]],
    *,
    day: Any,
) -> BoxScore:
    game_id = header["game_id"]
    season = season_of_game(game_id)
    of_game = {
        "game_id": game_id,
        "season": season,
        "season_type": game_kind(game_id),
        "game_date": day,
    }
    has_begun = header["status"] in (FINAL, LIVE)
    teams = []
    for is_home, (side, other) in zip((1, 0), (sides, sides[::-1]), strict=True):
        teams.append(
            {
                **of_game,
                "team_id": side.integer("teamId"),
                "team_abbreviation": side.text("teamTricode"),
                "opponent_team_id": other.integer("teamId"),
                "is_home": is_home,
                "wl": _won_or_lost(header, is_home),
                "opponent_pts": _team_points(other),
                **_team_counts(side.at("statistics")),
            }
        )
    by_team = {team["team_id"]: team for team in teams}
    lines = []
    for side, player, played, _ in players:
        team = by_team[side.integer("teamId")]
        if not played or not has_begun:
            continue
        counts = _counts(player.at("statistics"))
        plus_minus = player.at("statistics").integer("plusMinusPoints")
        name = player.text("name") if player.has("name") else _full_name(player)
        lines.append(
            {
                **of_game,
                "player_id": player.integer("personId"),
                "player_name": name,
                **{
                    column: team[column]
                    for column in (
                        *("team_id", "team_abbreviation", "opponent_team_id"),
                        *("is_home", "wl"),
                    )
                },
                **counts,
                "plus_minus": plus_minus,
            }
        )
    starters = [
        (game_id, season, player.integer("personId"))
        for _, player, _, is_starter in players
        if is_starter
    ]
    numbers = dict.fromkeys(BOX, "Int64")
    return BoxScore(
        game=header,
        team_game_stats=pd.DataFrame(
            teams if has_begun else [], columns=list(TEAM_LINE)
        ).astype(numbers),
        player_game_stats=pd.DataFrame(lines, columns=list(PLAYER_LINE)).astype(
            numbers | {"plus_minus": "Int64"}
        ),
        starters=pd.DataFrame(starters, columns=list(STARTER_COLUMNS)),
        absences=pd.DataFrame(absences, columns=list(ABSENCE_COLUMNS)),
    )


def _won_or_lost(header: dict[str, Any], is_home: int) -> str | None:
    if header["home_pts"] is None or header["home_pts"] == header["away_pts"]:
        return None
    return "W" if (header["home_pts"] > header["away_pts"]) == bool(is_home) else "L"


def _counts(statistics: Node) -> dict[str, int]:
    seconds = statistics.minutes_seconds("minutes")
    counts = {name: statistics.integer(field) for name, field in _FIELDS.items()}
    return {"min": official_minutes(seconds), **counts}


def _team_counts(statistics: Node) -> dict[str, int]:
    """Count as the official log does: the team's turnovers in, its rebounds not."""
    counts = _counts(statistics)
    counts["reb"] = counts["oreb"] + counts["dreb"]
    if statistics.has("turnoversTotal"):
        counts["tov"] = statistics.integer("turnoversTotal")
    return counts


def _full_name(player: Node) -> str:
    return f"{player.text('firstName')} {player.text('familyName')}".strip()
