"""Stints from play-by-play beside box scores and the official rotations.

    python benchmarks/impact_stints.py ../shared/nba 2021-22 2022-23

Seconds of one core per season; games without stints and why; finals and lengths;
possessions per team and season beside the estimate from box scores, raw and completed
(see `estimates`), with the teams that differ by more than .005; whether both sides had
the ball equally often in a period; and in how many seconds the official rotations of
the play-offs name the same ten.
"""

import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from impact_possessions import EVENT_COLUMNS, compare, estimates, ledger

from ml.ingest.playbyplay.events import read_play_by_play
from ml.ingest.playbyplay.stints import build_stints

PLAYERS = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]


def same_ten(stints: pd.DataFrame, rotations: pd.DataFrame) -> tuple[int, int]:
    same = total = 0
    for game_id, ours in stints.groupby("game_id"):
        theirs = rotations[rotations["game_id"] == game_id]
        middle = np.arange(int(ours["end_elapsed"].max())) + 0.5
        tens = [set() for _ in middle]
        for player, start, stop in zip(
            theirs["PERSON_ID"],
            theirs["IN_TIME_REAL"] / 10,
            theirs["OUT_TIME_REAL"] / 10,
            strict=True,
        ):
            for second in np.flatnonzero((middle >= start) & (middle < stop)):
                tens[second].add(player)
        for stint in ours.to_dict("records"):
            seconds = range(int(stint["start_elapsed"]), int(stint["end_elapsed"]))
            ten = {stint[name] for name in PLAYERS}
            same += sum(tens[second] == ten for second in seconds)
            total += len(seconds)
    return same, total


def main(folder: Path, seasons: list[str]) -> None:
    with sqlite3.connect(f"file:{folder / 'league.sqlite'}?mode=ro", uri=True) as db:
        games, box, players, teams = (
            pd.read_sql(f"select * from {name}", db)
            for name in ("games", "team_game_stats", "player_game_stats", "teams")
        )
    names = teams.set_index("team_id")["team_abbreviation"]
    for season in seasons:
        start = time.process_time()
        path = folder / "play_by_play" / f"play_by_play_{season}.parquet"
        part = games[games["season"] == season]
        events = read_play_by_play([path])
        result = build_stints(events, part, players)
        spent = time.process_time() - start
        stints = result.stints
        print(f"{season}  {spent:.1f} s  {len(part)} games  {len(stints)} stints")
        for row in result.unresolved.itertuples():
            print(f"  unresolved {row.game_id}: {row.reason}")
        totals = stints.groupby("game_id")[
            ["home_pts", "away_pts", "seconds", "home_poss", "away_poss"]
        ].sum()
        known = part.set_index("game_id").loc[totals.index]
        finals = (
            totals[["home_pts", "away_pts"]] == known[["home_pts", "away_pts"]]
        ).all(axis=None)
        length = (totals["seconds"] == 2880 + 300 * (known["periods"] - 4)).all()
        distinct = (np.diff(np.sort(stints[PLAYERS].to_numpy(), axis=1)) > 0).all()
        print(f"  finals equal {finals}, lengths {length}, ten distinct {distinct}")
        resolved = box[box["game_id"].isin(totals.index)]
        lacking = ledger(events.select(EVENT_COLUMNS).to_pandas())
        team = estimates(resolved.merge(lacking, on=["game_id", "team_id"]))
        team = team.merge(totals, on="game_id").merge(
            known[["home_team_id"]], on="game_id"
        )
        is_home = team["team_id"] == team["home_team_id"]
        team["ours"] = team["home_poss"].where(is_home, team["away_poss"])
        compare(team, names)
        periods = stints.groupby(["game_id", "period"])[["home_poss", "away_poss"]]
        apart = periods.sum().diff(axis=1)["away_poss"].abs()
        print(f"  periods with at most one more for a side {(apart <= 1).mean():.4f}")
        file = f"{int(season[:4]) + 1}ps_rotations.parquet"
        rotations = folder / "reference" / "official_rotations" / file
        if rotations.exists():
            truth = pd.read_parquet(rotations)
            truth["game_id"] = truth["GAME_ID"].astype(str).str.zfill(10)
            chosen = stints[stints["game_id"].isin(truth["game_id"])]
            same, total = same_ten(chosen, truth)
            print(f"  official rotations: same ten {same / total:.5f} of {total} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
