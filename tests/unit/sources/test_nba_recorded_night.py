"""A night fetched from recorded answers, and the stand-in's shapes against them."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ml.sources.nba.client import Client
from ml.sources.nba.endpoints import hosts
from ml.sources.nba.fetch import Fetcher
from ml.sources.nba.league_file import LeagueFile
from ml.sources.nba.store import Store
from tests.recordings import recorded, recorded_json, recordings
from tests.small_league import SEASON, build_small_league
from tests.stand_in.league import League
from tests.stand_in.server import serving

pytestmark = pytest.mark.real
pytest.importorskip("pdfplumber", reason="the locked environment is not installed")

LOG = "stats/leaguegamelog/nba_api_smoke.json"
BOXES = {
    f"{kind}_{game_id}.json": f"cdn/{kind}/{game_id}_07_{stage}.json"
    for kind, stage in (("boxscore", "complete"), ("playbyplay", "gameend"))
    for game_id in ("0022500775", "0022500776")
}


def schedule() -> bytes:
    """The schedule of the days of which there are scoreboards, as those say."""
    games: dict[str, dict[str, Any]] = {}
    names = recordings("cdn/scoreboard/todaysScoreboard_00_*.json")
    for name in [*names, "cdn/scoreboard/todaysScoreboard_00-07_sb_Complete.json"]:
        for game in recorded_json(name)["scoreboard"]["games"]:
            day = {"gameDateEst": f"{game['gameEt'][:10]}T00:00:00Z"}
            games[game["gameId"]] = game | day | {"gameDateTimeEst": game["gameEt"]}
    found = {"gameDates": [{"games": list(games.values())}]}
    return json.dumps({"leagueSchedule": found}).encode()


def player_log() -> bytes:
    logs = [recorded_json(name) for name in recordings("reconstructed/*_P_*.json")]
    whole = logs[0]["resultSets"][0]
    whole["rowSet"] = [row for log in logs for row in log["resultSets"][0]["rowSet"]]
    return json.dumps(logs[0]).encode()


def answer(path: str) -> bytes | None:
    name = path.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]
    if name in BOXES:
        return recorded(BOXES[name])
    if name == "scheduleLeagueV2.json":
        return schedule()
    if name == "leaguegamelog":
        return player_log() if "PlayerOrTeam=P" in path else recorded(LOG)
    if name == "playerindex":
        return recorded("stats/playerindex/2025-26.json")
    return None


def test_a_night_from_recordings(tmp_path: Path) -> None:
    now = datetime(2026, 2, 12, 12, tzinfo=UTC)
    with serving(answer) as server:
        where = {"stats": server.url, "cdn": server.url, "reports": server.url}
        with Client(Store(tmp_path), hosts(**where), now=lambda: now) as client:
            league = LeagueFile(tmp_path / "league.sqlite")
            day = date(2026, 2, 11)
            done = Fetcher(client, league).day(day, day)
    stints = league.read("impact_lineup_stints")
    assert stints.groupby("game_id").size().to_dict() == {
        "0022500775": 29,
        "0022500776": 22,
    }
    assert set(stints["season"]) == {"2025-26"}
    starters = league.read("starters").groupby("game_id").size().to_dict()
    assert starters == {"0022500775": 10, "0022500776": 10}
    # Players of two games are in no log: their lines are those of the box scores, and
    # add up to the log of the teams.
    players = league.read("player_game_stats", "game_date = ?", "2026-02-11")
    teams = league.read("team_game_stats").set_index(["game_id", "team_id"])
    points = players.groupby(["game_id", "team_id"])["pts"].sum()
    assert len(points) == 4
    assert points.equals(teams.loc[points.index, "pts"])
    games = league.read("games").set_index("game_id")
    assert games.loc["0022500529", "status"] == "postponed"
    assert games.loc["0022500775", "home_pts"] == 110
    # Of the third game of the night there is no box score here.
    assert "0022500777" in done.lacking and "0022500775" not in done.lacking


def paths(found: Any, where: str = "") -> Iterator[tuple[str, type]]:
    if isinstance(found, dict):
        for name, value in found.items():
            yield from paths(value, f"{where}.{name}")
    elif isinstance(found, list):
        for value in found:
            yield from paths(value, f"{where}[]")
    elif found is not None:
        yield where, type(found)


def test_the_stand_in_answers_in_the_recorded_shapes(tmp_path: Path) -> None:
    """Every field that it has is a recorded one, and of the recorded type."""
    league = League(
        build_small_league(tmp_path / "league.sqlite"), datetime(2023, 12, 11, 12)
    )
    box = "/static/json/liveData/boxscore/boxscore_0022300001.json"
    for path, name in (
        (
            f"/stats/scheduleleaguev2?Season={SEASON}",
            "scheduleleaguev2/2024-25.json.gz",
        ),
        (box, "../cdn/boxscore/0022500775_07_complete.json"),
    ):
        body = league(path)
        assert body is not None
        ours = set(paths(json.loads(body)))
        assert ours <= set(paths(recorded_json(f"stats/{name}"))), path
    query = f"Season={SEASON}&SeasonType=Regular+Season&PlayerOrTeam="
    for path, name in (
        (f"/stats/leaguegamelog?{query}T", "leaguegamelog/nba_api_smoke.json"),
        (
            f"/stats/leaguegamelog?{query}P",
            "leaguegamelog/player_2024-25_2025-03-15.json",
        ),
        (f"/stats/playerindex?Season={SEASON}", "playerindex/2025-26.json"),
    ):
        body = league(path)
        assert body is not None
        ours, theirs = (
            answered["resultSets"][0]
            for answered in (json.loads(body), recorded_json(f"stats/{name}"))
        )
        assert ours["name"] == theirs["name"]
        places = {header: theirs["headers"].index(header) for header in ours["headers"]}
        for values in ours["rowSet"]:
            for (header, place), value in zip(places.items(), values, strict=True):
                kinds = {type(row[place]) for row in theirs["rowSet"]} | {type(None)}
                assert type(value) in kinds, header
