"""What can be asked of the league, and how long an answer stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from ml.ingest.contract import PLAY_IN, PLAYOFFS, REGULAR_SEASON, season_of_year
from ml.sources.nba.client import CDN, REPORTS, STATS, Host
from ml.sources.nba.injury_report import report_names
from ml.sources.nba.store import Request

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)
LOG_TYPES = {
    REGULAR_SEASON: "Regular Season",
    PLAY_IN: "PlayIn",
    PLAYOFFS: "Playoffs",
}
"""The kinds of games that have a log; the final of the cup counts for none."""

SETTLED_AFTER = timedelta(days=3)
"""How long after a game its statistics are still corrected."""

_STATS_PAUSE, _OTHER_PAUSE = 2.5, 1.0


def hosts(*, stats: str, cdn: str, reports: str) -> dict[str, Host]:
    """Return the hosts by name.

    Parameters
    ----------
    stats, cdn, reports : str
        Their URLs.

    Returns
    -------
    dict of str to Host
    """
    return {
        STATS: Host(STATS, stats, _STATS_PAUSE),
        CDN: Host(CDN, cdn, _OTHER_PAUSE),
        REPORTS: Host(REPORTS, reports, _OTHER_PAUSE),
    }


def season_of_day(day: date) -> str:
    """Name the season that a day belongs to; a new one begins in August.

    Examples
    --------
    >>> season_of_day(date(2026, 1, 8)), season_of_day(date(2026, 10, 20))
    ('2025-26', '2026-27')
    """
    return season_of_year(day.year if day.month >= 8 else day.year - 1)


def schedule_now() -> Request:
    """Ask for the schedule of the season that is on."""
    path = "/static/json/staticData/scheduleLeagueV2.json"
    key = "cdn/scheduleLeagueV2/current"
    return Request(key, "scheduleLeagueV2 (cdn)", CDN, path, 30 * MINUTES)


def schedule_of(season: str) -> Request:
    """Ask for the schedule of any season."""
    path = f"/stats/scheduleleaguev2?{_query(Season=season)}"
    key = f"stats/scheduleleaguev2/{season}"
    return Request(key, "scheduleleaguev2 (stats)", STATS, path, 30 * MINUTES)


def game_log(season: str, kind: str, of: Literal["P", "T"]) -> Request:
    """Ask for the lines of all games of a season and kind."""
    query = _query(
        Counter="0",
        DateFrom="",
        DateTo="",
        Direction="ASC",
        PlayerOrTeam=of,
        Season=season,
        SeasonType=LOG_TYPES[kind],
        Sorter="DATE",
    )
    key = f"stats/leaguegamelog/{season}/{LOG_TYPES[kind].replace(' ', '')}_{of}"
    endpoint = f"leaguegamelog {of} of {season} {kind}"
    path = f"/stats/leaguegamelog?{query}"
    return Request(key, endpoint, STATS, path, 30 * MINUTES)


def player_index(season: str) -> Request:
    """Ask for the players of a season."""
    path = f"/stats/playerindex?{_query(Season=season, Historical='0', TeamID='0')}"
    key = f"stats/playerindex/{season}"
    return Request(key, f"playerindex of {season}", STATS, path, 12 * HOURS)


def player_movement() -> Request:
    """Ask for the record of moves."""
    path = "/js/data/playermovement/NBA_Player_Movement.json"
    key = "stats/NBA_Player_Movement"
    return Request(key, "NBA_Player_Movement", STATS, path, 3 * HOURS)


def box_score(game_id: str) -> Request:
    """Ask for one game's box score."""
    return _of_game("boxscore", game_id)


def play_by_play(game_id: str) -> Request:
    """Ask for one game's play-by-play."""
    return _of_game("playbyplay", game_id)


def odds_today() -> Request:
    """Ask for the odds of today's games."""
    path = "/static/json/liveData/odds/odds_todaysGames.json"
    key = "cdn/odds_todaysGames"
    return Request(key, "odds_todaysGames", CDN, path, 5 * MINUTES)


def injury_report(moment: datetime) -> list[Request]:
    """Ask for the report of a moment (US/Eastern), under both names it may have."""
    return [
        Request(f"reports/{name[:-4]}", name, REPORTS, f"/referee/injury/{name}", None)
        for name in _by_age(moment, report_names(moment))
    ]


def _of_game(what: str, game_id: str) -> Request:
    path = f"/static/json/liveData/{what}/{what}_{game_id}.json"
    key = f"cdn/{what}/{game_id}"
    return Request(key, f"{what} of {game_id}", CDN, path, 12 * HOURS)


def _by_age(moment: datetime, names: list[str]) -> list[str]:
    # Names have had minutes since the end of 2025.
    return names if moment >= datetime(2025, 12, 15) else names[::-1]


def _query(**parameters: str) -> str:
    return urlencode({"LeagueID": "00"} | parameters)
