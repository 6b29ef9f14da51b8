"""Odd cases of every endpoint, in bodies that the tests make themselves."""

import json
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from ml.errors import SourceError
from ml.ingest.playbyplay.events import FREE_THROW, MADE, SUBSTITUTION
from ml.sources.nba.box_score import parse_box_score
from ml.sources.nba.game_log import BOX, parse_game_log, player_lines, team_lines
from ml.sources.nba.moves import parse_player_movement
from ml.sources.nba.odds import parse_odds
from ml.sources.nba.play_by_play import parse_play_by_play
from ml.sources.nba.players import parse_player_index, parse_team_roster
from ml.sources.nba.schedule import parse_schedule, parse_scoreboard

HOME, AWAY = 1610612766, 1610612737


def team(team_id: int, tricode: str, score: int) -> dict[str, Any]:
    names = {"teamCity": "City", "teamName": tricode.title(), "teamTricode": tricode}
    return {"teamId": team_id, "score": score, **names}


def game(game_id: str = "0022500775", **changes: Any) -> dict[str, Any]:
    return {
        "gameId": game_id,
        "gameStatus": 3,
        "gameStatusText": "Final",
        "gameDateEst": "2026-02-11T00:00:00Z",
        "gameDateTimeEst": "2026-02-11T19:00:00Z",
        "gameEt": "2026-02-11T19:00:00Z",
        "isNeutral": False,
        "homeTeam": team(HOME, "CHA", 110),
        "awayTeam": team(AWAY, "ATL", 107),
    } | changes


def schedule(*games: dict[str, Any]) -> pd.DataFrame:
    body = {"leagueSchedule": {"gameDates": [{"games": list(games)}]}}
    return parse_schedule(json.dumps(body).encode()).games


@pytest.mark.parametrize(
    ("changes", "status", "points", "periods"),
    [
        ({}, "final", 110, 4),
        ({"gameStatus": 2}, "final", 110, 4),
        ({"gameStatusText": "Final/OT  "}, "final", 110, 5),
        ({"gameStatusText": "Final/OT3"}, "final", 110, 7),
        ({"gameStatusText": "Final/2OT"}, "final", 110, 6),
        ({"period": 6}, "final", 110, 6),
        ({"gameStatus": 2, "gameStatusText": "Q3 5:47"}, "live", None, None),
        ({"gameStatus": 1, "gameStatusText": "7:00 pm ET"}, "scheduled", None, None),
        ({"gameStatus": 1, "gameStatusText": "PPD"}, "postponed", None, None),
        ({"gameStatus": 1, "gameStatusText": "Cancelled"}, "cancelled", None, None),
    ],
)
def test_states_of_games(
    changes: dict[str, Any], status: str, points: int | None, periods: int | None
) -> None:
    row = schedule(game(**changes)).iloc[0]
    assert row["status"] == status
    assert (row["home_pts"] == points) if points else pd.isna(row["home_pts"])
    assert (row["periods"] == periods) if periods else pd.isna(row["periods"])
    assert row["game_date"] == date(2026, 2, 11)
    assert row["tipoff_et"] == datetime(2026, 2, 11, 19)


def test_kinds_teams_and_hours_that_are_not_known() -> None:
    to_come = {"gameStatus": 1, "gameStatusText": "TBD"}
    unknown = {"teamId": 0, "teamTricode": "TBD", "teamName": "", "score": 0}
    games = schedule(
        game("0012500001"),
        game("0032500001"),
        game("0042500101"),
        game("0052500101"),
        game("0062500001", isNeutral=True, homeTeam=unknown, **to_come),
        game("0022501201", gameDateTimeEst="2026-02-11T00:00:00Z", **to_come),
    ).set_index("game_id")
    assert games["season_type"].to_dict() == {
        "0012500001": "Pre Season",
        "0022501201": "Regular Season",
        "0032500001": "All Star",
        "0042500101": "Playoffs",
        "0052500101": "PlayIn",
        "0062500001": "Cup Final",
    }
    final = games.loc["0062500001"]
    assert (final["home_team_id"], final["is_neutral_site"]) == (0, 1)
    assert games.loc[["0062500001", "0022501201"], "tipoff_et"].isna().all()
    without = game()
    del without["isNeutral"]
    assert schedule(without)["is_neutral_site"].isna().all()


def test_a_scoreboard_keeps_the_eastern_day() -> None:
    late = game(gameEt="2026-02-11T22:30:00Z", gameTimeUTC="2026-02-12T03:30:00Z")
    body = {"scoreboard": {"gameDate": "2026-02-11", "games": [late]}}
    games = parse_scoreboard(json.dumps(body).encode()).games
    assert games.loc[0, "game_date"] == date(2026, 2, 11)
    assert games.loc[0, "tipoff_et"] == datetime(2026, 2, 11, 22, 30)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gameStatus": 4}, r"games\[0\].gameStatus is 4, wanted is 1, 2 or 3"),
        ({"gameId": 22500775}, r"games\[0\].gameId is 22500775"),
        ({"homeTeam": None}, r"games\[0\].homeTeam is None"),
        ({"gameDateTimeEst": "soon"}, r"games\[0\].gameDateTimeEst is soon"),
        ({"isNeutral": "perhaps"}, r"games\[0\].isNeutral is perhaps"),
    ],
)
def test_a_changed_schedule_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=told) as error:
        schedule(game(**changes))
    assert error.value.problem.startswith("scheduleLeagueV2: leagueSchedule.gameDates")


def log_body(rows: list[dict[str, Any]]) -> bytes:
    headers = list(rows[0])
    values = [list(row.values()) for row in rows]
    found = {"name": "LeagueGameLog", "headers": headers, "rowSet": values}
    return json.dumps({"resultSets": [found]}).encode()


def log_line(team_id: int, matchup: str, points: int, **changes: Any) -> dict[str, Any]:
    return {
        "SEASON_ID": "22025",
        "PLAYER_ID": team_id % 1000,
        "PLAYER_NAME": "Some One",
        "TEAM_ID": team_id,
        "TEAM_ABBREVIATION": matchup[:3],
        "GAME_ID": "0022500578",
        "GAME_DATE": "2026-01-15",
        "MATCHUP": matchup,
        "WL": "W",
        **dict.fromkeys((name.upper() for name in BOX), 1),
        "PTS": points,
        "PLUS_MINUS": 3,
        "VIDEO_AVAILABLE": 1,
    } | changes


def test_home_and_away_come_from_the_schedule() -> None:
    both_away = [log_line(AWAY, "ATL @ CHA", 118), log_line(HOME, "CHA @ ATL", 111)]
    games = schedule(game("0022500578", isNeutral=True))
    lines = team_lines(parse_game_log(log_body(both_away), "T"), games)
    rows = lines.rows.set_index("team_id")
    assert lines.unplaced.empty
    assert rows["is_home"].to_dict() == {AWAY: 0, HOME: 1}
    assert rows["opponent_team_id"].to_dict() == {AWAY: HOME, HOME: AWAY}
    assert rows["opponent_pts"].to_dict() == {AWAY: 111, HOME: 118}
    players = player_lines(parse_game_log(log_body(both_away), "P"), games)
    assert players.rows["is_home"].tolist() == [0, 1]


def test_a_line_without_its_game_is_told_apart() -> None:
    lines = [log_line(AWAY, "ATL @ CHA", 118, GAME_ID="0022500999")]
    found = team_lines(parse_game_log(log_body(lines), "T"), schedule(game()))
    assert found.rows.empty
    assert found.unplaced.to_dict("records") == [
        {"game_id": "0022500999", "team_id": AWAY}
    ]


def test_what_a_log_may_lack_and_what_not() -> None:
    found = parse_game_log(log_body([log_line(AWAY, "ATL @ CHA", 1, AST=None)]), "T")
    assert found["ast"].isna().all() and found["season"].tolist() == ["2025-26"]
    for changes, told in (
        ({"GAME_ID": "22500578"}, "GAME_ID of row 0 is 22500578"),
        ({"TEAM_ID": None}, "team_id of row 0 is None"),
        ({"AST": "many"}, "ast of row 0 is many"),
        ({"GAME_DATE": "JAN 15, 2026"}, "game_date of row 0 is JAN 15, 2026"),
        ({"SEASON_ID": "2025"}, "SEASON_ID of row 0 is 2025"),
    ):
        with pytest.raises(SourceError, match=f"leaguegamelog: {told}"):
            parse_game_log(log_body([log_line(AWAY, "ATL @ CHA", 1, **changes)]), "T")
    line = log_line(AWAY, "ATL @ CHA", 1)
    line["TURNOVERS"] = line.pop("TOV")
    with pytest.raises(SourceError, match="wanted is headers with TOV"):
        parse_game_log(log_body([line]), "T")


COUNTS = (
    "fieldGoalsMade", "fieldGoalsAttempted", "threePointersMade",
    "threePointersAttempted", "freeThrowsMade", "freeThrowsAttempted",
    "reboundsOffensive", "reboundsDefensive", "reboundsTotal", "assists", "steals",
    "blocks", "turnovers", "foulsPersonal", "points",
)  # fmt: skip


def box_body(**changes: Any) -> bytes:
    statistics = dict.fromkeys(COUNTS, 2) | {"plusMinusPoints": -6.0}
    player = {"personId": 7, "name": "Kon Knueppel", "status": "ACTIVE"}
    players = [
        player | {"starter": "1", "played": "1"},
        player | {"personId": 8, "starter": "0", "played": "0"},
    ]
    players[1]["notPlayingReason"] = "INACTIVE_INJURY"
    for each, minutes in zip(players, ("PT30M29.90S", "PT00M00.00S"), strict=True):
        each["statistics"] = statistics | {"minutes": minutes}
    sides = {
        f"{side}Team": team(team_id, tricode, score)
        | {"statistics": statistics | {"minutes": "PT240M00.00S", "turnoversTotal": 3}}
        | {"players": players if side == "home" else []}
        for side, team_id, tricode, score in (
            ("home", HOME, "CHA", 110),
            ("away", AWAY, "ATL", 107),
        )
    }
    # Of a team the rebounds that belong to no player are in this total.
    sides["homeTeam"]["statistics"]["reboundsTotal"] = 60
    eastern = {"gameEt": "2026-02-11T19:00:00-05:00", "period": 4}
    return json.dumps({"game": game() | eastern | sides | changes}).encode()


def test_a_box_score() -> None:
    box = parse_box_score(box_body())
    home = box.team_game_stats.set_index("team_id").loc[HOME]
    assert (home["reb"], home["tov"], home["wl"], home["opponent_pts"]) == (
        *(4, 3, "W"),
        107,
    )
    line = box.player_game_stats.iloc[0]
    assert (line["min"], line["plus_minus"], line["is_home"]) == (30, -6, 1)
    assert box.starters["player_id"].tolist() == [7]
    assert box.absences["reason"].tolist() == ["INACTIVE_INJURY"]
    assert box.game["periods"] == 4


def test_a_box_score_of_a_game_that_is_not_over() -> None:
    live = parse_box_score(box_body(gameStatus=2, gameStatusText="Q3 5:47", period=3))
    assert live.game["home_pts"] is None and live.game["periods"] is None
    assert live.team_game_stats["wl"].isna().all()
    before = box_body(gameStatus=1, gameStatusText="7:00 pm ET", period=0)
    assert parse_box_score(before).team_game_stats.empty
    assert parse_box_score(before).player_game_stats.empty


def move(kind: str, text: str, **changes: Any) -> dict[str, Any]:
    return {
        "Transaction_Type": kind,
        "TRANSACTION_DATE": "2026-02-01T00:00:00",
        "TRANSACTION_DESCRIPTION": text,
        "TEAM_ID": float(HOME),
        "TEAM_SLUG": "hornets",
        "PLAYER_ID": 203500.0,
        "PLAYER_SLUG": "steven-adams",
        "Additional_Sort": 0.0,
        "GroupSort": f"{kind} 999",
    } | changes


def movement(*rows: dict[str, Any]) -> pd.DataFrame:
    body = {"NBA_Player_Movement": {"rows": list(rows)}}
    return parse_player_movement(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("row", "kind", "contract", "teams"),
    [
        (
            move("Trade", "Charlotte received", Additional_Sort=float(AWAY)),
            *("trade", None, (AWAY, HOME)),
        ),
        (move("Waive", "Charlotte waived"), "waive", None, (HOME, None)),
        (
            move("Signing", "Hornets signed center Steven Adams to a Contract."),
            *("sign", "Contract", (None, HOME)),
        ),
        (
            move("Signing", "Hornets signed Steven Adams to a 10-Day Contract."),
            *("ten_day", "10-Day", (None, HOME)),
        ),
        (
            move("Signing", "Hornets re-signed Steven Adams to a Two-Way Contract."),
            *("two_way", "Two-Way (re-signed)", (None, HOME)),
        ),
        (
            move(
                "Signing",
                "Hornets re-signed S. Adams to a Rookie Scale Extension Contract.",
            ),
            *("other", "Rookie Scale Extension (re-signed)", (None, HOME)),
        ),
        (
            move("AwardOnWaivers", "Hornets claimed", Additional_Sort=AWAY),
            *("claim", None, (AWAY, HOME)),
        ),
        (
            move("ContractConverted", "Hornets converted X to a Two-Way Contract."),
            *("convert", "Two-Way", (None, HOME)),
        ),
        (move("Signing", "in words of its own"), "sign", None, (None, HOME)),
    ],
)
def test_moves(
    row: dict[str, Any],
    kind: str,
    contract: str | None,
    teams: tuple[int | None, int | None],
) -> None:
    found = movement(row).iloc[0]
    assert (found["transaction_type"], found["contract_kind"]) == (kind, contract)
    ends = (found["from_team_id"], found["to_team_id"])
    assert tuple(None if pd.isna(end) else end for end in ends) == teams
    assert found["transaction_date"] == date(2026, 2, 1)
    assert (found["player_id"], found["player_name"]) == (203500, "Steven Adams")


def test_moves_are_put_in_order_and_those_of_no_player_left_out() -> None:
    waived, signed = move("Waive", ""), move("Signing", "")
    older = move("Waive", "", TRANSACTION_DATE="2026-01-31T00:00:00")
    pick = move("Trade", "a draft pick", PLAYER_ID=0.0, Additional_Sort=AWAY)
    # The file has the newest first.
    found = movement(pick, signed, waived, older)
    assert found["transaction_type"].tolist() == ["waive", "waive", "sign"]
    assert found["day_order"].tolist() == [1, 1, 2]
    with pytest.raises(SourceError, match=r"rows\[0\].Transaction_Type is Loan"):
        movement(move("Loan", ""))


def test_odds() -> None:
    def market(name: str, **outcomes: dict[str, str]) -> dict[str, Any]:
        told = [{"type": side} | its for side, its in outcomes.items()]
        return {"name": name, "books": [{"name": "A", "outcomes": told}]}

    found = {"gameId": "0022500775", "markets": []}
    markets = [
        market("2way", home={"odds": "1.250"}, away={"odds": "4.000"}),
        market("spread", home={"odds": "1.91", "spread": "-7.5"}, away={"odds": "1.9"}),
    ]
    body = {"games": [found | {"markets": markets}, found]}
    lines = parse_odds(json.dumps(body).encode())
    assert lines.to_dict("records") == [
        {
            "game_id": "0022500775",
            "season": "2025-26",
            "home_spread": -7.5,
            "total": None,
            "moneyline_home": -400.0,
            "moneyline_away": 300.0,
        }
    ]


def test_players_with_gaps() -> None:
    headers = ["PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "TEAM_ID"]
    headers += ["POSITION", "HEIGHT", "WEIGHT", "COUNTRY"]

    def index(*rows: list[Any]) -> bytes:
        found = {"name": "PlayerIndex", "headers": headers, "rowSet": list(rows)}
        head = {"parameters": {"Season": "2025-26"}}
        return json.dumps(head | {"resultSets": [found]}).encode()

    rows = [
        [1, "Nene", None, 0, "", "", "", None],
        [2, "O", "A", HOME, "G", "6-5", "0", ""],
    ]
    found = parse_player_index(index(*rows))
    assert found.players["player_name"].tolist() == ["Nene", "A O"]
    assert found.players[["weight", "country"]].isna().all().all()
    assert found.rosters["player_id"].tolist() == [2]
    with pytest.raises(SourceError, match="WEIGHT of row 0 is heavy"):
        parse_player_index(index([1, "A", "B", 0, "", "6-5", "heavy", ""]))
    with pytest.raises(SourceError, match="HEIGHT of row 0 is 196 cm"):
        parse_player_index(index([1, "A", "B", 0, "", "196 cm", "200", ""]))


def test_a_birthday_in_another_form_is_refused() -> None:
    row = {"TeamID": HOME, "SEASON": "2025", "PLAYER": "A B", "PLAYER_ID": 1}
    row |= {"POSITION": "G", "HOW_ACQUIRED": None, "HEIGHT": "6-5", "WEIGHT": "200"}
    row |= {"BIRTH_DATE": "28.07.1999"}
    found = {"name": "CommonTeamRoster", "headers": list(row)}
    found["rowSet"] = [list(row.values())]
    with pytest.raises(SourceError, match=r"BIRTH_DATE of row 0 is 28\.07\.1999"):
        parse_team_roster(json.dumps({"resultSets": [found]}).encode())


def action(number: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "actionNumber": number,
        "orderNumber": number * 10000,
        "actionType": kind,
        "clock": "PT11M45.00S",
        "timeActual": "2026-02-12T00:10:32.6Z",
        "period": 1,
        "teamId": HOME,
        "personId": 7,
        "description": kind,
    } | fields


def plays(*actions: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"game": {"gameId": "0022500775", "actions": list(actions)}}
    found = parse_play_by_play(json.dumps(body).encode(), HOME)
    rows: list[dict[str, Any]] = found.events.to_pylist()
    return rows


def test_exchanges_are_paired_whatever_lies_between() -> None:
    rows = plays(
        action(1, "substitution", subType="out", personId=1),
        action(2, "substitution", subType="out", personId=2),
        action(3, "timeout", subType="full", personId=0),
        action(4, "substitution", subType="in", personId=3),
        action(5, "substitution", subType="in", personId=9, teamId=AWAY),
        action(6, "substitution", subType="in", personId=4),
    )
    pairs = [
        (row["player1_id"], row["player2_id"])
        for row in rows
        if row["event_type"] == SUBSTITUTION
    ]
    # The half that came alone belongs to a game in progress.
    assert pairs == [(1, 3), (2, 4)]


def test_late_entries_lie_where_they_belong() -> None:
    shot = {"subType": "Layup", "shotResult": "Made", "pointsTotal": 2}
    late = action(9, "2pt", orderNumber=15000, **shot)
    rows = plays(action(1, "rebound"), action(2, "turnover", subType="x"), late)
    assert [row["event_type"] for row in rows] == [4, MADE, 5]
    assert rows[1]["home_description"].endswith("Layup (2 PTS)")


def test_new_actions_pass_unless_they_score() -> None:
    assert plays(action(1, "confetti"), action(2, "heave", personId=0)) == []
    with pytest.raises(SourceError, match=r"actions\[0\].actionType is 4pt"):
        plays(action(1, "4pt", shotResult="Made", pointsTotal=4))
    with pytest.raises(SourceError, match=r"actions\[0\].clock is 11:45"):
        plays(action(1, "rebound", clock="11:45"))
    throw = {"subType": "1 of 1", "descriptor": "technical", "shotResult": "Missed"}
    row = plays(action(1, "freethrow", **throw))[0]
    assert (row["event_type"], row["action_type"]) == (FREE_THROW, 16)
    assert "MISS" in row["home_description"]
