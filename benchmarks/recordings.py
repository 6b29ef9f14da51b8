"""Rows that each recorded answer of the endpoints is read into.

    .venv/bin/python benchmarks/recordings.py ../shared/recorded

A recording that no reader is for is counted by its folder; one that is refused is shown
with the reason.
"""

import argparse
import gzip
import json
from collections import Counter
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

from ml.errors import SourceError
from ml.sources.nba.box_score import parse_box_score, parse_box_score_v3
from ml.sources.nba.game_log import parse_game_log
from ml.sources.nba.injury_report import parse_injury_report
from ml.sources.nba.play_by_play import parse_play_by_play
from ml.sources.nba.players import parse_player_index, parse_team_roster
from ml.sources.nba.schedule import parse_schedule, parse_scoreboard

# Play-by-play does not say who is at home.
HOMES = {
    "0022000001": 1610612751,
    "0022400500": 1610612750,
    "0022400561": 1610612755,
    "0022500775": 1610612766,
    "0022500776": 1610612739,
    "0022500857": 1610612746,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    sums, unread, refused = Counter(), Counter(), 0
    print("| recording | rows |\n|---|---|")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        read = next((each for form, each in READERS if fnmatch(name, form)), None)
        if path.is_dir() or not name.count("/"):
            continue
        if read is None:
            unread[name.rpartition("/")[0]] += 1
            continue
        body = path.read_bytes()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        try:
            found = read(body)
        except SourceError as error:
            refused += 1
            print(f"| {name} | refused: {error.problem} |")
            continue
        sums.update(found)
        sums["recordings"] += 1
        print(f"| {name} | {in_words(found)} |")
    print(
        f"\nread: {in_words(sums)}; refused: {refused}\nno reader: {in_words(unread)}"
    )


def in_words(counts):
    return ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))


def schedule(body):
    return {"games": len(parse_schedule(body).games)}


def scoreboard(body):
    return {"games of scoreboards": len(parse_scoreboard(body).games)}


def log(body):
    kind = json.loads(body)["parameters"]["PlayerOrTeam"][0]
    lines = {"P": "lines of players", "T": "lines of teams"}[kind]
    return {lines: len(parse_game_log(body, kind))}


def box(found):
    return {
        "lines of players in box scores": len(found.player_game_stats),
        "absences": len(found.absences),
        "starters": len(found.starters),
    }


def play_by_play(body):
    game = json.loads(body)["game"]["gameId"]
    play = parse_play_by_play(body, HOMES[game])
    return {"events": play.events.num_rows, "games that are over": int(play.is_over)}


def players(found):
    return {"players": len(found.players), "on a roster": len(found.rosters)}


def report(body):
    rows = parse_injury_report(body)
    listed = int(rows["player"].notna().sum())
    return {"players in reports": listed, "teams not submitted": len(rows) - listed}


READERS = (
    ("cdn/scheduleLeagueV2/*", schedule),
    ("stats/scheduleleaguev2/*", schedule),
    ("cdn/scoreboard/*", scoreboard),
    ("stats/scoreboardv3/*", scoreboard),
    ("stats/leaguegamelog/*payload.json", log),
    ("stats/leaguegamelog/*season.json", log),
    ("stats/leaguegamelog/nba_api*", log),
    ("stats/leaguegamelog/player*", log),
    ("reconstructed/*", log),
    ("cdn/boxscore/*", lambda body: box(parse_box_score(body))),
    (
        "stats/boxscoretraditionalv3/*",
        lambda body: box(parse_box_score_v3(body, date(2025, 11, 4))),
    ),
    ("cdn/playbyplay/*", play_by_play),
    ("stats/playerindex/*", lambda body: players(parse_player_index(body))),
    ("stats/commonteamroster/*", lambda body: players(parse_team_roster(body))),
    ("injury_report/*.pdf", report),
)

if __name__ == "__main__":
    main()
