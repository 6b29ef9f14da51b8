"""Stints from play-by-play beside box scores and the official rotations.

    python benchmarks/impact_stints.py ../shared/nba 2021-22 2022-23

Seconds of one core per season; games without stints and why; finals and lengths;
possessions against the estimate from box scores, per team and season, with the teams
that differ by more than .005; what that estimate cannot see (turnovers of a team and of
no player; the share of free throws that end a trip, which it takes as .4); whether both
sides had the ball equally often in a period; and in how many seconds the official
rotations of the play-offs name the same ten.
"""

import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ml.impact.events import FREE_THROW, TURNOVER, read_play_by_play
from ml.impact.stints import build_stints

PLAYERS = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]
COUNTS = ["fga", "fgm", "fta", "oreb", "dreb", "tov"]
NO_TURNOVER = 0
# The last free throw of two and of three.
LAST_OF_TRIP = (12, 15)


def estimate(box: pd.DataFrame) -> pd.DataFrame:
    """Possessions by basketball-reference's formula, the mean of both sides."""
    other = box[["game_id", "team_id", *COUNTS]].rename(
        columns={"team_id": "opponent_team_id"} | {name: f"o_{name}" for name in COUNTS}
    )
    both = box.merge(other, on=["game_id", "opponent_team_id"])
    sides = [
        both[f"{us}fga"]
        + 0.4 * both[f"{us}fta"]
        - 1.07
        * both[f"{us}oreb"]
        / (both[f"{us}oreb"] + both[f"{them}dreb"])
        * (both[f"{us}fga"] - both[f"{us}fgm"])
        + both[f"{us}tov"]
        for us, them in (("", "o_"), ("o_", ""))
    ]
    return both[["game_id", "team_id"]].assign(estimate=sum(sides) / 2)


def unseen(events: pa.Table, box: pd.DataFrame) -> str:
    """Say what the estimate from these box scores leaves out."""
    chosen = events.select(["game_id", "event_type", "action_type"]).to_pandas()
    chosen = chosen[chosen["game_id"].isin(box["game_id"])]
    action = chosen["action_type"]
    turnovers = ((chosen["event_type"] == TURNOVER) & (action != NO_TURNOVER)).sum()
    trips = ((chosen["event_type"] == FREE_THROW) & action.isin(LAST_OF_TRIP)).sum()
    of_teams = (turnovers - box["tov"].sum()) / estimate(box)["estimate"].sum()
    share = trips / box["fta"].sum()
    return f"turnovers of teams {of_teams:.4f} of possessions, trips {share:.3f}"


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
        team = estimate(box[box["season"] == season]).merge(totals, on="game_id")
        team = team.merge(known[["home_team_id"]], on="game_id")
        is_home = team["team_id"] == team["home_team_id"]
        team["ours"] = team["home_poss"].where(is_home, team["away_poss"])
        sums = team.groupby("team_id")[["ours", "estimate"]].sum()
        off = sums["ours"] / sums["estimate"] - 1
        print(
            f"  possessions against the estimate: mean {off.mean():+.4f}, worst team"
            f" {off.abs().max():.4f}, within .005 {(off.abs() < 0.005).mean():.3f}"
        )
        beyond = off[off.abs() >= 0.005].rename(names).sort_values()
        if len(beyond):
            print("  beyond:", ", ".join(f"{k} {v:+.4f}" for k, v in beyond.items()))
        resolved = box[box["game_id"].isin(totals.index)]
        print(f"  not in box scores: {unseen(events, resolved)}")
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
