"""A small league in a SQLite file: sixty games that add up, two still to come."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

TEAMS = (
    (1610612737, "ATL", "Atlanta Hawks"),
    (1610612738, "BOS", "Boston Celtics"),
    (1610612740, "NOP", "New Orleans Pelicans"),
    (1610612743, "DEN", "Denver Nuggets"),
    (1610612747, "LAL", "Los Angeles Lakers"),
    (1610612752, "NYK", "New York Knicks"),
)
SEASON = "2023-24"
FIRST_DATE = date(2023, 11, 1)
MINUTES = (36, 36, 34, 34, 32, 28, 22, 18)
POSITIONS = ("PG", "SG", "SF", "PF", "C", "PG", "SF", "C")
FIRST_NAMES = ("Luka", "José", "Herbert", "Jaren", "Robert", "Nikola", "Bones", "Kyle")
SURNAMES = ("Dončić", "Jones", "Williams III", "Jackson Jr.", "O'Neal", "Smith-Ray")

_SCHEMA = """
create table teams (team_id integer, team_abbreviation text, team_name text);
create table games (
    game_id text, season text, season_type text, game_date text, tipoff_et text,
    home_team_id integer, away_team_id integer, home_pts integer, away_pts integer,
    periods real
);
create table team_game_stats (
    game_id text, season text, season_type text, game_date text, team_id integer,
    team_abbreviation text, opponent_team_id integer, is_home integer, wl text,
    min integer, fgm integer, fga integer, fg3m integer, fg3a integer, ftm integer,
    fta integer, oreb integer, dreb integer, reb integer, ast integer, stl integer,
    blk integer, tov integer, pf integer, pts integer, opponent_pts integer
);
create table player_game_stats (
    game_id text, season text, season_type text, game_date text, player_id integer,
    player_name text, team_id integer, team_abbreviation text,
    opponent_team_id integer, is_home integer, wl text, min integer, fgm integer,
    fga integer, fg3m integer, fg3a integer, ftm integer, fta integer, oreb integer,
    dreb integer, reb integer, ast integer, stl integer, blk integer, tov integer,
    pf integer, pts integer, plus_minus integer
);
create table players (
    player_id integer, player_name text, birthdate text, height text, weight real,
    country text
);
create table player_seasons (player_id integer, season text, position text, age real);
create table starters (game_id text, season text, player_id integer);
create table impact_lineup_stints (
    game_id text, season text, stint_idx integer, period integer, start_elapsed real,
    end_elapsed real, seconds real, home_p1 integer, home_p2 integer,
    home_p3 integer, home_p4 integer, home_p5 integer, away_p1 integer,
    away_p2 integer, away_p3 integer, away_p4 integer, away_p5 integer,
    home_pts integer, away_pts integer, home_poss integer, away_poss integer
);
create table injury_reports (
    report_at_et text, game_date text, game_time_et text, matchup text, team text,
    player text, status text, reason text
);
create table transactions (
    transaction_date text, known_date text, day_order integer, transaction_type text,
    player_id integer, player_name text, from_team_id integer, to_team_id integer,
    contract_kind text, source text, observed_at_utc text
);
create table closing_lines (
    game_id text, season text, game_date text, home_spread real, total real,
    moneyline_home real, moneyline_away real
);
create table player_prop_lines (
    season text, game_date text, player_name text, bookmaker text, market text,
    line real, over_price real, under_price real, observed_at_utc text
);
create table truth_skill (player_id integer, skill real);
"""


def build_small_league(path: Path, statements: Sequence[str] = ()) -> Path:
    """Write the league, then run `statements` on it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_SCHEMA)
        for table, rows in _rows().items():
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {table} values ({marks})", rows)
        connection.commit()
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def player_id(team_id: int, number: int) -> int:
    return (team_id % 100) * 100 + number


def player_name(team_id: int, number: int) -> str:
    place = [team[0] for team in TEAMS].index(team_id)
    return f"{FIRST_NAMES[number]} {SURNAMES[(place + number) % len(SURNAMES)]}"


def reported_name(team_id: int, number: int) -> str:
    first, _, last = player_name(team_id, number).partition(" ")
    return f"{last}, {first}"


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    rng = random.Random(0)
    rows: dict[str, list[tuple[Any, ...]]] = {"teams": list(TEAMS)}
    ids = [team[0] for team in TEAMS]
    everyone = [(team_id, number) for team_id in ids for number in range(len(MINUTES))]
    rows["players"] = [
        (player_id(*who), player_name(*who), "1995-03-01", "6-7", 215.0, "USA")
        for who in everyone
    ]
    rows["player_seasons"] = [
        (player_id(*who), SEASON, POSITIONS[who[1]], 27.0) for who in everyone
    ]
    # Everyone signed before the first game, in an order of days.
    rows["transactions"] = [
        (
            *(str(FIRST_DATE - timedelta(90 - number)),) * 2,
            *(1, "sign", player_id(*who), player_name(*who), None, who[0]),
            *("Contract", "made up", None),
        )
        for number, who in enumerate(everyone)
    ]
    rows["truth_skill"] = [(player_id(*who), rng.random()) for who in everyone]
    for day in range(20):
        for home, away in _pairs(ids, day):
            _add_game(rows, rng, FIRST_DATE + timedelta(2 * day), home, away)
    for home, away in _pairs(ids, 20)[:2]:
        date_ = FIRST_DATE + timedelta(40)
        game_id = f"00223{len(rows['games']) + 1:05d}"
        key = (game_id, SEASON, "Regular Season", str(date_), f"{date_} 19:30:00")
        rows["games"].append((*key, home, away, None, None, None))
    return rows


def _pairs(ids: Sequence[int], day: int) -> list[tuple[int, int]]:
    turned = [ids[0], *(ids[1 + (place + day) % 5] for place in range(5))]
    pairs = [(turned[place], turned[-1 - place]) for place in range(3)]
    return [(a, b) if day % 2 else (b, a) for a, b in pairs]


def _add_game(
    rows: dict[str, list[tuple[Any, ...]]],
    rng: random.Random,
    day: date,
    home: int,
    away: int,
) -> None:
    names = {team_id: (code, name) for team_id, code, name in TEAMS}
    game_id = f"00223{len(rows.get('games', ())) + 1:05d}"
    key = (game_id, SEASON, "Regular Season", str(day))
    boxes = {side: [_box(rng, minutes) for minutes in MINUTES] for side in (home, away)}
    points = {side: sum(box[-1] for box in boxes[side]) for side in (home, away)}
    if points[home] == points[away]:
        first = list(boxes[home][0])
        first[5:7] = first[5] + 1, first[6] + 1
        first[-1] += 1
        boxes[home][0] = tuple(first)
        points[home] += 1
    add = rows.setdefault
    add("games", []).append(
        (*key, f"{day} 19:10:00", home, away, points[home], points[away], 4.0)
    )
    for side, other in ((home, away), (away, home)):
        result = "W" if points[side] > points[other] else "L"
        of_game = (other, int(side == home), result)
        total = tuple(sum(column) for column in zip(*boxes[side], strict=True))
        add("team_game_stats", []).append(
            (*key, side, names[side][0], *of_game, *total, points[other])
        )
        for number, box in enumerate(boxes[side]):
            who = (player_id(side, number), player_name(side, number))
            add("player_game_stats", []).append(
                (*key, *who, side, names[side][0], *of_game, *box, 0)
            )
            if number < 5:
                add("starters", []).append((game_id, SEASON, who[0]))
        matchup = f"{names[away][0]}@{names[home][0]}"
        report = (f"{day} 13:30:00", str(day), "07:00", matchup, names[side][1])
        hurt = (*report, reported_name(side, rng.randrange(8)), "Questionable", "Knee")
        add("injury_reports", []).append(
            hurt if rng.random() < 0.8 else (*report, None, None, "NOT YET SUBMITTED")
        )
        offer = (player_name(side, 0), "Book", "pts+reb+ast", 30.5, -110.0, -110.0)
        add("player_prop_lines", []).append(
            (SEASON, str(day), *offer, f"{day} 22:50:00")
        )
    five = [player_id(side, number) for side in (home, away) for number in range(5)]
    for period in range(1, 5):
        span = (period, 720.0 * (period - 1), 720.0 * period, 720.0)
        add("impact_lineup_stints", []).append(
            (game_id, SEASON, period - 1, *span, *five, 25, 24, 25, 25)
        )
    add("closing_lines", []).append(
        (game_id, SEASON, str(day), -2.5, 220.5, -140.0, 120.0)
    )


def _box(rng: random.Random, minutes: int) -> tuple[int, ...]:
    fga = minutes // 2 - rng.randrange(4)
    fg3a = fga // 3
    fgm = fga // 2 - rng.randrange(3)
    fg3m = min(fg3a // 2, fgm)
    fta = rng.randrange(6)
    ftm = fta - fta // 4
    oreb, dreb = rng.randrange(3), rng.randrange(6)
    others = (rng.randrange(9), *(rng.randrange(3) for _ in range(4)))
    shots = (fgm, fga, fg3m, fg3a, ftm, fta)
    return (minutes, *shots, oreb, dreb, oreb + dreb, *others, 2 * fgm + fg3m + ftm)
