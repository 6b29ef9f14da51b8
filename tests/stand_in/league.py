"""Answers in the shapes of the endpoints, made from a league database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ml.ingest.contract import EASTERN
from ml.sources.nba.injury_report import report_moment
from tests.stand_in.plays import actions_of
from tests.stand_in.report_pdf import COMPACT, Layout, draw_report

BOX = {
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
# By the kind of a move: what the feed calls it, and the contract that its text names.
_MOVES = {
    "trade": ("Trade", ""),
    "sign": ("Signing", "Contract"),
    "two_way": ("Signing", "Two-Way Contract"),
    "ten_day": ("Signing", "10-Day Contract"),
    "other": ("Signing", "Veteran Extension"),
    "waive": ("Waive", ""),
    "claim": ("AwardOnWaivers", ""),
    "convert": ("ContractConverted", "Contract"),
}
# The one that is asked for where others are missing.
KNOWN_REPORT = "Injury-Report_2024-01-04_12PM.pdf"
LENGTH = timedelta(hours=3)
SIDES = ("home", "away")
KINDS = {"Regular Season": "2", "Playoffs": "4", "PlayIn": "5"}


class League:
    """A league that answers like the endpoints, as of a moment.

    Parameters
    ----------
    path : Path
        A SQLite file of the source contract.
    now : datetime
        US/Eastern wall clock: games are over three hours after they begin.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        self.path = path
        self.now = now
        self.layout: Layout = COMPACT
        # What a game says of itself instead.
        self.changes: dict[str, dict[str, Any]] = {}
        self.without: set[str] = set()
        # Games of other kinds, and of teams not known yet, with their days.
        self.others: list[tuple[str, dict[str, Any]]] = []
        # Fields of answers that are called otherwise: new names by old ones.
        self.renamed: dict[str, str] = {}

    def __call__(self, path: str) -> bytes | None:
        """Return the body of a path; None where there is no such file."""
        parts = urlsplit(path)
        query = {name: its[0] for name, its in parse_qs(parts.query).items()}
        name = parts.path.rsplit("/", 1)[-1]
        if name in self.without:
            return None
        if name.endswith(".pdf"):
            return self._report(name)
        found = self._json(name, query)
        if found is None:
            return None
        text = json.dumps(found)
        for old, new in self.renamed.items():
            text = text.replace(f'"{old}"', f'"{new}"')
        return text.encode()

    def _json(self, name: str, query: dict[str, str]) -> dict[str, Any] | None:
        if name.startswith("boxscore_"):
            return self._box(name[9:19])
        if name.startswith("playbyplay_"):
            return self._plays(name[11:21])
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "scheduleLeagueV2.json": lambda: self._schedule(self._latest()),
            "scheduleleaguev2": lambda: self._schedule(query["Season"]),
            "leaguegamelog": lambda: self._log(query),
            "playerindex": lambda: self._index(query["Season"]),
            "NBA_Player_Movement.json": self._movement,
            "odds_todaysGames.json": self._odds,
        }
        return answers[name]() if name in answers else None

    def _latest(self) -> str:
        rows = self._rows("select max(season) as season from games")
        return str(rows[0]["season"])

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    @cached_property
    def _teams(self) -> dict[int, dict[str, Any]]:
        return {row["team_id"]: row for row in self._rows("select * from teams")}

    def _games(self, season: str) -> list[dict[str, Any]]:
        return self._timed("season", season)

    def _timed(self, column: str, value: str) -> list[dict[str, Any]]:
        games = self._rows(f"select * from games where {column} = ?", value)
        for game in games:
            clock = game["tipoff_et"] or f"{game['game_date']} 19:30:00"
            game["clock"] = datetime.fromisoformat(clock)
            is_over = game["clock"] + LENGTH <= self.now
            game["is_over"] = is_over and game["home_pts"] is not None
        return games

    def _side(self, game: dict[str, Any], side: str) -> dict[str, Any]:
        team = self._teams[game[f"{side}_team_id"]]
        city, _, name = team["team_name"].rpartition(" ")
        return {
            "teamId": team["team_id"],
            "teamName": name,
            "teamCity": city,
            "teamTricode": team["team_abbreviation"],
            "score": int(game[f"{side}_pts"]) if game["is_over"] else 0,
        }

    def _header(self, game: dict[str, Any]) -> dict[str, Any]:
        overtimes = int(game["periods"] or 4) - 4
        final = "Final" + ("" if not overtimes else f"/OT{overtimes}".rstrip("1"))
        hour = f"{game['clock']:%I:%M %p} ET".lstrip("0").lower().replace("et", "ET")
        status, text = (3, final) if game["is_over"] else (1, hour)
        if game.get("status") == "postponed":
            text = "PPD"
        elif not game["is_over"] and game["clock"] <= self.now:
            status, text = 2, "Q3 4:12"
        return {
            "gameId": game["game_id"],
            "gameStatus": status,
            "gameStatusText": text,
            "homeTeam": self._side(game, "home"),
            "awayTeam": self._side(game, "away"),
        } | self.changes.get(game["game_id"], {})

    def _schedule(self, season: str) -> dict[str, Any]:
        days: dict[str, list[dict[str, Any]]] = {}
        for game in self._games(season):
            clock = f"{game['clock']:%Y-%m-%dT%H:%M:%S}Z"
            told = {
                "gameDateEst": f"{game['game_date']}T00:00:00Z",
                "gameDateTimeEst": clock,
                "isNeutral": bool(game.get("is_neutral_site")),
            }
            days.setdefault(game["game_date"], []).append(self._header(game) | told)
        for day, game in self.others:
            days.setdefault(day, []).append(game)
        dates = [
            {
                "gameDate": f"{datetime.fromisoformat(day):%m/%d/%Y} 00:00:00",
                "games": its,
            }
            for day, its in sorted(days.items())
        ]
        return {
            "meta": {"version": 1},
            "leagueSchedule": {"seasonYear": season, "gameDates": dates},
        }

    def _log(self, query: dict[str, str]) -> dict[str, Any]:
        is_player = query["PlayerOrTeam"] == "P"
        table = "player_game_stats" if is_player else "team_game_stats"
        season, kind = query["Season"], query["SeasonType"]
        teams = self._teams
        over = {game["game_id"] for game in self._games(season) if game["is_over"]}
        rows = [
            row
            for row in self._rows(
                f"select * from {table} where season = ? and season_type = ?",
                season,
                kind,
            )
            if row["game_id"] in over
        ]
        found: list[dict[str, Any]] = []
        for row in rows:
            other = teams[row["opponent_team_id"]]["team_abbreviation"]
            versus = "vs." if row["is_home"] else "@"
            who = (
                {"PLAYER_ID": row["player_id"], "PLAYER_NAME": row["player_name"]}
                if is_player
                else {}
            )
            margin = row["pts"] - row.get("opponent_pts", row["pts"])
            found.append(
                {"SEASON_ID": KINDS[kind] + season[:4]}
                | who
                | {
                    "TEAM_ID": row["team_id"],
                    "TEAM_ABBREVIATION": row["team_abbreviation"],
                    "TEAM_NAME": teams[row["team_id"]]["team_name"],
                    "GAME_ID": row["game_id"],
                    "GAME_DATE": row["game_date"],
                    "MATCHUP": f"{row['team_abbreviation']} {versus} {other}",
                    "WL": row["wl"],
                    "MIN": row["min"],
                }
                | {name.upper(): row[name] for name in BOX}
                | {"PLUS_MINUS": row["plus_minus"] if is_player else margin}
                | {"VIDEO_AVAILABLE": 1}
            )
        names = list(found[0]) if found else []
        return _result_set("leaguegamelog", "LeagueGameLog", names, found)

    def _index(self, season: str) -> dict[str, Any]:
        found = []
        for row in self._rows("select * from players order by player_id"):
            first, _, last = row["player_name"].partition(" ")
            weight = row["weight"]
            found.append(
                {
                    "PERSON_ID": row["player_id"],
                    "PLAYER_LAST_NAME": last,
                    "PLAYER_FIRST_NAME": first,
                    "TEAM_ID": 0,
                    "POSITION": "G",
                    "HEIGHT": row["height"],
                    "WEIGHT": None if weight is None else str(int(weight)),
                    "COUNTRY": row["country"],
                }
            )
        told = _result_set("playerindex", "PlayerIndex", list(found[0]), found)
        return told | {"parameters": {"Season": season}}

    def _movement(self) -> dict[str, Any]:
        """Return the moves of the days before; those of the day are told tomorrow."""
        tables = self._rows("select name from sqlite_master where name='transactions'")
        moves = tables and self._rows(
            "select * from transactions where transaction_date < ? "
            "order by transaction_date desc, day_order desc, player_id desc",
            self.now.date().isoformat(),
        )
        found = []
        for row in moves or ():
            kind, contract = _MOVES[row["transaction_type"]]
            name = row["player_name"]
            found.append(
                {
                    "Transaction_Type": kind,
                    "TRANSACTION_DATE": f"{row['transaction_date']}T00:00:00",
                    "TRANSACTION_DESCRIPTION": f"Somebody signed {name} to a "
                    f"{contract}."
                    if contract
                    else f"{kind}: {name}.",
                    "TEAM_ID": row["to_team_id"] or row["from_team_id"],
                    "PLAYER_ID": row["player_id"],
                    "PLAYER_SLUG": name.lower().replace(" ", "-"),
                    "Additional_Sort": row["from_team_id"] or 0,
                    "GroupSort": f"{kind} {row['transaction_date']}",
                }
            )
        return {"NBA_Player_Movement": {"rows": found}}

    def _over(self, game_id: str) -> dict[str, Any] | None:
        found = self._timed("game_id", game_id)
        return found[0] if found and found[0]["is_over"] else None

    def _plays(self, game_id: str) -> dict[str, Any] | None:
        """Return a game's actions; None where its stints do not tell its score."""
        game, name = self._over(game_id), "impact_lineup_stints"
        own = "where game_id = ? order by stint_idx"
        stints = self._rows(f"select * from {name} {own}", game_id) if game else []
        if game is None or any(
            sum(stint[f"{side}_pts"] for stint in stints) != game[f"{side}_pts"]
            for side in SIDES
        ):
            return None
        teams = (game["home_team_id"], game["away_team_id"])
        tipoff = game["clock"].replace(tzinfo=EASTERN).astimezone(UTC)
        actions = actions_of(stints, teams, tipoff)
        return {"meta": {"version": 1}, "game": {"gameId": game_id, "actions": actions}}

    def _odds(self) -> dict[str, Any] | None:
        """Return the odds of the day's games; None where there are none."""
        day = self.now.date().isoformat()
        rows = self._rows("select * from closing_lines where game_date = ?", day)
        money = ("moneyline_home", "moneyline_away")
        games = [
            {
                "gameId": row["game_id"],
                "markets": [
                    _market("2way", [_odds(row[name]) for name in money]),
                    _market("spread", [{"spread": str(row["home_spread"])}, {}]),
                ],
            }
            for row in rows
        ]
        return {"games": games} if games else None

    def _box(self, game_id: str) -> dict[str, Any] | None:
        game = self._over(game_id)
        if game is None:
            return None
        starters = {
            row["player_id"]
            for row in self._rows("select * from starters where game_id = ?", game_id)
        }
        told = self._header(game) | {
            "gameEt": f"{game['clock']:%Y-%m-%dT%H:%M:%S}-05:00",
            "period": int(game["periods"] or 4),
        }
        for side in ("home", "away"):
            team_id = game[f"{side}_team_id"]
            own = "where game_id = ? and team_id = ?"
            team = self._rows(f"select * from team_game_stats {own}", game_id, team_id)
            players = self._rows(
                f"select * from player_game_stats {own}", game_id, team_id
            )
            told[f"{side}Team"] = told[f"{side}Team"] | {
                "statistics": _statistics(team[0]) | {"turnoversTotal": team[0]["tov"]},
                "players": [
                    {
                        "status": "ACTIVE",
                        "personId": row["player_id"],
                        "name": row["player_name"],
                        "starter": str(int(row["player_id"] in starters)),
                        "played": "1",
                        "statistics": _statistics(row)
                        | {"plusMinusPoints": float(row["plus_minus"] or 0)},
                    }
                    for row in players
                ],
            }
        return {"meta": {"version": 1, "code": 200}, "game": told}

    def _report(self, name: str) -> bytes | None:
        moment = report_moment(name)
        if name == KNOWN_REPORT:
            return draw_report(datetime(2024, 1, 4, 12, 30), [])
        if moment is None or moment > self.now:
            return None
        rows = self._rows(
            "select * from injury_reports where report_at_et = ? "
            "order by game_date, matchup, team, player is null, player",
            moment.strftime("%Y-%m-%d %H:%M:%S"),
        )
        for row in rows:
            row["game_date"] = datetime.fromisoformat(row["game_date"])
        return draw_report(moment, rows, self.layout) if rows else None


def _market(name: str, sides: list[dict[str, str]]) -> dict[str, Any]:
    outcomes = [{"type": side} | its for side, its in zip(SIDES, sides, strict=True)]
    return {"name": name, "books": [{"name": "Book", "outcomes": outcomes}]}


def _odds(american: float | None) -> dict[str, str]:
    if american is None:
        return {}
    odds = american / 100 if american > 0 else -100 / american
    return {"odds": f"{1 + odds:.4f}"}


def _statistics(row: dict[str, Any]) -> dict[str, Any]:
    counts = {field: row[name] for name, field in BOX.items()}
    return {"minutes": f"PT{row['min']:02}M00.00S"} | counts


def _result_set(
    resource: str, name: str, headers: list[str], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    values = [list(row.values()) for row in rows]
    found = {"name": name, "headers": headers, "rowSet": values}
    return {"resource": resource, "parameters": {}, "resultSets": [found]}
