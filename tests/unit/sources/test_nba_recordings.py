"""Every recording is read into the right rows."""

import sqlite3
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ml.ingest.playbyplay.events import read_play_by_play
from ml.ingest.playbyplay.stints import build_stints
from ml.sources.nba.box_score import parse_box_score, parse_box_score_v3
from ml.sources.nba.game_log import BOX, parse_game_log, player_lines, team_lines
from ml.sources.nba.play_by_play import parse_play_by_play, stints_of
from ml.sources.nba.players import parse_player_index, parse_team_roster
from ml.sources.nba.schedule import Games, parse_schedule, parse_scoreboard
from tests.recordings import recorded, recorded_json, recordings

pytestmark = pytest.mark.real

SCHEDULE = "stats/scheduleleaguev2/2024-25.json.gz"
TEAM_LOG = "stats/leaguegamelog/nba_api_smoke.json"
WHOLE_BOXES = (
    "cdn/boxscore/0022500775_07_complete.json",
    "cdn/boxscore/0022500776_07_complete.json",
    "cdn/boxscore/boxscore_0022000001.json",
)


@pytest.fixture(scope="module")
def season() -> Games:
    return parse_schedule(recorded(SCHEDULE))


def test_the_schedule_of_a_season_that_was_played(season: Games) -> None:
    games = season.games
    assert Counter(games["season_type"]) == {
        "Regular Season": 1230,
        "Playoffs": 84,
        "Pre Season": 73,
        "All Star": 6,
        "PlayIn": 6,
        "Cup Final": 1,
    }
    assert Counter(games["periods"]) == {4: 1330, 5: 66, 6: 4}
    assert set(games["season"]) == {"2024-25"}
    neutral = games[games["is_neutral_site"] == 1]
    # Paris, Mexico City, Las Vegas; three of the pre-season.
    assert {"0022400621", "0022400633", "0022400147", "0062400001"} <= set(
        neutral["game_id"]
    )
    assert len(neutral) == 9
    finals = games[games["game_id"].str.startswith("00424004")]
    wins = Counter(
        "home" if row.home_pts > row.away_pts else "away" for row in finals.itertuples()
    )
    assert len(finals) == 7 and sum(wins.values()) == 7
    # 2024-10-22, 19:30 in Boston: Knicks 109, Celtics 132.
    first = games.set_index("game_id").loc["0022400061"]
    assert first["tipoff_et"] == datetime(2024, 10, 22, 19, 30)
    assert (first["home_pts"], first["away_pts"]) == (132, 109)
    assert first["home_team_id"] == 1610612738


def test_a_schedule_before_the_season() -> None:
    games = parse_schedule(recorded("cdn/scheduleLeagueV2/2023-24.json")).games
    assert Counter(games["season_type"]) == {
        "Regular Season": 1206,
        "Pre Season": 73,
        "Cup Final": 1,
    }
    unknown = games[(games["home_team_id"] == 0) | (games["away_team_id"] == 0)]
    assert set(unknown["game_id"]) == {
        *(f"00223012{number}" for number in ("01", "02", "03", "04", "29", "30")),
        "0062300001",
    }
    assert unknown["tipoff_et"].isna().all()
    assert games["tipoff_et"].notna().sum() == len(games) - 7
    assert games["home_pts"].isna().all() and games["is_neutral_site"].isna().all()


@pytest.mark.parametrize("name", recordings("cdn/scoreboard/*.json"))
def test_scoreboards(name: str) -> None:
    body = recorded_json(name)["scoreboard"]["games"]
    games = parse_scoreboard(recorded(name)).games.set_index("game_id")
    assert len(games) == len(body)
    for found in body:
        game = games.loc[found["gameId"]]
        text = found["gameStatusText"].strip()
        state = (
            "final"
            if text.startswith("Final")
            else "postponed"
            if text == "PPD"
            else "scheduled"
            if text.endswith("ET")
            else "live"
        )
        assert game["status"] == state
        score = (found["homeTeam"]["score"], found["awayTeam"]["score"])
        if state == "final":
            assert (game["home_pts"], game["away_pts"]) == score
            assert game["periods"] == found["period"]
        else:
            assert pd.isna(game["home_pts"]) and pd.isna(game["periods"])


def test_odd_scoreboards() -> None:
    name = "cdn/scoreboard/todaysScoreboard_00_01-09-26_11a.json"
    games = parse_scoreboard(recorded(name)).games
    assert games.set_index("game_id")["status"]["0022500529"] == "postponed"
    # Over, and still at status 2.
    name = "cdn/scoreboard/todaysScoreboard_00_01-13-26_6p.json"
    assert set(parse_scoreboard(recorded(name)).games["status"]) == {"final"}
    name = "stats/scoreboardv3/offseason_date_no_games_expected.json"
    assert parse_scoreboard(recorded(name)).games.empty
    for name in recordings("stats/scoreboardv3/regular*.json"):
        assert len(parse_scoreboard(recorded(name)).games) == 11


def test_the_log_of_teams() -> None:
    log = parse_game_log(recorded(TEAM_LOG), "T")
    assert len(log) == 1688 and set(log["season"]) == {"2025-26"}
    both_away = log.groupby("game_id")["matchup"].apply(
        lambda texts: texts.str.contains("@").all()
    )
    neutral = {"0022500578", "0022500602", "0022500147", "0022501229", "0022501230"}
    assert set(both_away[both_away].index) == neutral
    pairs = log.groupby("game_id")["pts"]
    assert (pairs.size() == 2).all() and (pairs.nunique() == 2).all()
    # Home and away as the scoreboards say, also where both lines say "@".
    games = pd.concat(
        [
            parse_scoreboard(recorded(name)).games
            for name in recordings("cdn/scoreboard/todaysScoreboard_00_0[12]-*.json")
        ]
    )
    games = games[games["status"] == "final"].drop_duplicates("game_id")
    lines = team_lines(log, games)
    rows = lines.rows.merge(games, on="game_id", suffixes=("", "_of_game"))
    assert len(rows) == 2 * len(games) > 150
    at_home = rows["is_home"] == 1
    assert (rows["pts"] == rows["home_pts"].where(at_home, rows["away_pts"])).all()
    other = rows["away_pts"].where(at_home, rows["home_pts"])
    assert (rows["opponent_pts"] == other).all()
    assert (rows["game_date"] == rows["game_date_of_game"]).all()
    assert len(lines.unplaced) == len(log) - len(lines.rows)
    assert "0022500578" in set(rows["game_id"])


def test_the_log_of_players(season: Games) -> None:
    name = "stats/leaguegamelog/player_2024-25_2025-03-15.json"
    lines = player_lines(parse_game_log(recorded(name), "P"), season.games)
    assert len(lines.rows) == 157 and lines.unplaced.empty
    curry = lines.rows.set_index("player_id").loc[201939]
    assert (curry["pts"], curry["min"], curry["is_home"]) == (28, 35, 1)
    # Warriors 97, Knicks 94.
    totals = lines.rows.groupby(["game_id", "team_id"])["pts"].sum()
    of_games = season.games.set_index("game_id")
    for (game_id, team_id), points in totals.items():
        game = of_games.loc[game_id]
        side = "home" if game["home_team_id"] == team_id else "away"
        assert points == game[f"{side}_pts"]


@pytest.mark.parametrize("name", recordings("reconstructed/*.json"))
def test_player_lines_add_up_to_the_teams(name: str) -> None:
    players = parse_game_log(recorded(name), "P")
    teams = parse_game_log(recorded(TEAM_LOG), "T").set_index(["game_id", "team_id"])
    added = [column for column in BOX if column not in ("min", "tov")]
    sums = players.groupby(["game_id", "team_id"])[added].sum()
    assert len(sums) > 0 and sums.equals(teams.loc[sums.index, added])


@pytest.mark.parametrize(
    "name",
    [
        *recordings("stats/leaguegamelog/trimmed/*payload.json"),
        *recordings("stats/leaguegamelog/trimmed/_error*season.json"),
    ],
)
def test_trimmed_logs(name: str) -> None:
    found = recorded_json(name)
    kind: Any = "P" if "grain=player" in name else "T"
    log = parse_game_log(recorded(name), kind)
    assert len(log) == len(found["resultSets"][0]["rowSet"])
    assert log.empty == ("_error" in name)
    if len(log):
        assert set(log["season"]) == {found["parameters"]["Season"]}


@pytest.mark.parametrize("name", WHOLE_BOXES[:2])
def test_a_box_score_counts_as_the_official_log(name: str) -> None:
    box = parse_box_score(recorded(name))
    log = parse_game_log(recorded(TEAM_LOG), "T")
    official = log[log["game_id"] == box.game["game_id"]].set_index("team_id")
    ours = box.team_game_stats.set_index("team_id")
    columns = ["game_date", "season", "season_type", "wl", *BOX]
    assert ours[columns].to_dict() == official.loc[ours.index, columns].to_dict()
    points = box.player_game_stats.groupby("team_id")["pts"].sum()
    assert points.to_dict() == official["pts"].to_dict()
    assert len(box.starters) == 10
    assert set(box.starters["player_id"]) <= set(box.player_game_stats["player_id"])
    listed = len(box.player_game_stats) + len(box.absences)
    found = recorded_json(name)["game"]
    assert listed == sum(
        len(found[side]["players"]) for side in ("homeTeam", "awayTeam")
    )


def test_absences_have_their_reasons() -> None:
    absences = parse_box_score(recorded(WHOLE_BOXES[0])).absences
    absences = absences.set_index("player_name")
    bridges, white = absences.loc["Miles Bridges"], absences.loc["Coby White"]
    assert (bridges["reason"], bridges["is_active"]) == ("DND_LEAGUE_SUSPENSION", True)
    assert (white["reason"], white["description"], white["is_active"]) == (
        *("INACTIVE_INJURY", "Left Calf; Strain"),
        False,
    )


@pytest.mark.parametrize("name", recordings("stats/boxscoretraditionalv3/*.json"))
def test_the_other_box_score(name: str) -> None:
    box = parse_box_score_v3(recorded(name), date(2025, 11, 4))
    assert len(box.starters) == 10
    added = [column for column in BOX if column not in ("min", "tov")]
    players = box.player_game_stats.groupby("team_id")[added].sum()
    teams = box.team_game_stats.set_index("team_id")[added]
    assert players.equals(teams.loc[players.index])
    assert sorted(box.team_game_stats["wl"]) == ["L", "W"]


def test_players_and_rosters() -> None:
    index = parse_player_index(recorded("stats/playerindex/2025-26.json"))
    assert len(index.players) == len(index.rosters) == 594
    adams = index.players.set_index("player_id").loc[203500]
    assert (adams["height"], adams["weight"], adams["country"]) == (
        *("6-11", 265.0),
        "New Zealand",
    )
    assert index.rosters["team_id"].nunique() == 30
    smoke = parse_player_index(recorded("stats/playerindex/nba_api_smoke.json"))
    assert (len(smoke.players), len(smoke.rosters)) == (557, 522)
    roster = parse_team_roster(recorded("stats/commonteamroster/nba_api_smoke.json"))
    assert len(roster.players) == 19
    harden = roster.players.set_index("player_id").loc[201935]
    assert (harden["birthdate"], harden["weight"]) == (date(1989, 8, 26), 220.0)
    assert set(roster.rosters["team_id"]) == {1610612739}


# Game, home, away, final score.
PLAYED = {
    "cdn/playbyplay/playbyplay_0022000001.json": (1610612751, 1610612744, 125, 99),
    "cdn/playbyplay/0022500775_07_gameend.json": (1610612766, 1610612737, 110, 107),
    "cdn/playbyplay/0022500776_07_gameend.json": (1610612739, 1610612764, 138, 113),
    "cdn/playbyplay/playbyplay_0022400500.json.gz": (1610612750, 1610612746, 108, 106),
    "cdn/playbyplay/playbyplay_0022400561.json.gz": (1610612755, 1610612752, 119, 125),
    "cdn/playbyplay/playbyplay_0022500857.json": (1610612746, 1610612750, 88, 94),
}


def played(name: str) -> tuple[Any, pd.DataFrame]:
    home, away, home_pts, away_pts = PLAYED[name]
    play = parse_play_by_play(recorded(name), home)
    game = {"game_id": play.game_id, "home_team_id": home, "away_team_id": away}
    return play, pd.DataFrame([game | {"home_pts": home_pts, "away_pts": away_pts}])


NOBODY = pd.DataFrame({"game_id": [], "player_id": [], "min": []})


@pytest.mark.parametrize("name", PLAYED)
def test_stints_of_whole_games(name: str) -> None:
    play, games = played(name)
    assert play.is_over
    made = stints_of([play], games, NOBODY)
    assert made.unresolved.empty
    stints, game = made.stints, games.iloc[0]
    overtimes = (int(stints["period"].max()) - 4) * 300
    assert stints["seconds"].sum() == 2880 + overtimes
    assert stints["home_pts"].sum() == game["home_pts"]
    assert stints["away_pts"].sum() == game["away_pts"]
    assert abs(stints["home_poss"].sum() - stints["away_poss"].sum()) <= 2
    assert 90 < stints["home_poss"].sum() < 115


def test_tipoff_is_the_first_play() -> None:
    play, _ = played("cdn/playbyplay/0022500775_07_gameend.json")
    assert play.tipoff == datetime(2026, 2, 12, 0, 10, 32, 600000, UTC)


@pytest.mark.parametrize("name", recordings("cdn/playbyplay/*_0[2-6]_*.json"))
def test_a_game_in_progress_is_not_over(name: str) -> None:
    assert not parse_play_by_play(recorded(name), 1610612766).is_over


def test_stints_equal_those_of_the_other_feed(
    tmp_path: Path, real_league: Path
) -> None:
    import pyarrow.parquet as pq

    name = "cdn/playbyplay/playbyplay_0022000001.json"
    play, games = played(name)
    season = real_league.parent / "play_by_play" / "play_by_play_2020-21.parquet"
    game = pq.read_table(season, filters=[("game_id", "=", play.game_id)])
    pq.write_table(game, tmp_path / "game.parquet")
    other = build_stints(read_play_by_play([tmp_path / "game.parquet"]), games)
    ours = stints_of([play], games, NOBODY)
    assert len(ours.stints) == 27
    assert ours.stints.equals(other.stints)
    columns = ["period", "elapsed", "team_id", "player_id", "assist_player_id"]
    columns += ["block_player_id", "is_three", "is_made"]
    order = ["elapsed", "player_id", "is_made"]
    shots = [made.shots.sort_values(order, ignore_index=True) for made in (ours, other)]
    assert shots[0][columns].equals(shots[1][columns])
    # One three of 23.6 feet, written as 24 here and without a distance there.
    assert (shots[0]["zone"] != shots[1]["zone"]).sum() == 1
    fouls = ["period", "elapsed", "team_id", "player_id", "drawn_by_player_id", "kind"]
    by = ["elapsed", "player_id"]
    one, two = (
        made.fouls[fouls].sort_values(by, ignore_index=True) for made in (ours, other)
    )
    assert one.equals(two)


@pytest.mark.parametrize(
    ("box_name", "name"),
    [*zip(WHOLE_BOXES, [*PLAYED][1:3] + [*PLAYED][:1], strict=True)],
)
def test_starters_and_exchanges_put_everyone_on_court(box_name: str, name: str) -> None:
    """By the feed's own order and nothing but starters and substitutions."""
    box = parse_box_score(recorded(box_name))
    on_court = set(box.starters["player_id"])
    actions = recorded_json(name)["game"]["actions"]
    acting = 0
    seconds: Counter[int] = Counter()
    clock = (1, 720.0)
    for action in sorted(actions, key=lambda each: each["orderNumber"]):
        left = action["clock"][2:-1].split("M")
        now = (action["period"], 60 * int(left[0]) + float(left[1]))
        if now[0] == clock[0]:
            for player in on_court:
                seconds[player] += clock[1] - now[1]
        clock = now
        player = action["personId"]
        if action["actionType"] == "substitution":
            (on_court.add if action["subType"] == "in" else on_court.remove)(player)
        elif player and action.get("subType") != "technical":
            assert player in on_court
            acting += 1
    assert acting > 350
    minutes = box.player_game_stats.set_index("player_id")["min"]
    assert {player: round(its / 60) for player, its in seconds.items() if its} == {
        player: its for player, its in minutes.items() if its
    }


def test_a_whole_game_equals_the_official_lines(real_league: Path) -> None:
    box = parse_box_score(recorded(WHOLE_BOXES[2]))
    with sqlite3.connect(f"file:{real_league}?mode=ro", uri=True) as connection:
        official = pd.read_sql(
            "select * from player_game_stats where game_id = '0022000001'", connection
        ).set_index("player_id")
        starters = pd.read_sql(
            "select player_id from starters where game_id = '0022000001'", connection
        )
    ours = box.player_game_stats.set_index("player_id")
    assert sorted(ours.index) == sorted(official.index) and len(ours) == 28
    columns = [*BOX, "plus_minus", "team_id", "opponent_team_id", "is_home"]
    difference = ours[columns].astype(int) - official.loc[ours.index, columns]
    assert not difference.to_numpy().any()
    assert ours["player_name"].equals(official.loc[ours.index, "player_name"])
    assert ours["wl"].equals(official.loc[ours.index, "wl"])
    assert set(box.starters["player_id"]) == set(starters["player_id"])
