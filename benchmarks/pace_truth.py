"""Pace ratings beside the truth of simulated leagues: correlation and coverage.

    python benchmarks/pace_truth.py [--without-stints] 0 1 2 3

Over leagues of these seeds, at the end of each of three seasons, by exposure: the
correlation of the rating with the true pace, and how often the 80 % interval holds the
truth (both about the average player on court).
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.ratings.player.design import dated
from ml.ratings.player.pace import PaceRater, PaceSettings
from ml.ratings.player.pace_design import build_pace_design
from ml.sources.synthetic import simulate_league

Z80 = 1.2816
TABLES = ("games", "player_game_stats", "impact_lineup_stints", "truth_players")


def league(seed: int, *, has_stints: bool) -> pd.DataFrame:
    """Rate a league at its seasons' ends and set the truth beside the ratings."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "league.sqlite"
        simulate_league(source, n_seasons=3, random_state=seed, pace_spread=0.8)
        with sqlite3.connect(source) as db:
            data = {name: pd.read_sql(f"select * from {name}", db) for name in TABLES}
    games = data["games"][data["games"]["home_pts"].notna()]
    stints = dated(data["impact_lineup_stints"], games)
    lines = dated(data["player_game_stats"], games).assign(has_stints=has_stints)
    design = build_pace_design(stints if has_stints else stints.iloc[:0], lines)
    ends = games.groupby("season")["game_date"].max()
    season_of = {np.datetime64(date, "D"): season for season, date in ends.items()}
    rater = PaceRater(len(design.players), PaceSettings())
    parts = []
    for day, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(day, n_known)
        rated = rater.rate(everyone=day.date in season_of)
        if day.date in season_of:
            values = {"pace": rated.pace, "sd": rated.sd, "minutes": rated.minutes}
            players = design.players[rated.index]
            part = pd.DataFrame({"player_id": players, **values})
            parts.append(part.assign(season=season_of[day.date]))
    both = pd.concat(parts).merge(data["truth_players"], on=["player_id", "season"])
    for name in ("pace", "pace_per_48"):
        sums = (both[name] * both["minutes"]).groupby(both["season"]).sum()
        level = sums / both.groupby("season")["minutes"].sum()
        both[name] -= both["season"].map(level)
    error = both["pace_per_48"] - both["pace"]
    return both.assign(error=error, is_held=error.abs() <= Z80 * both["sd"], seed=seed)


def main(arguments: list[str]) -> None:
    has_stints = "--without-stints" not in arguments
    seeds = [int(seed) for seed in arguments if not seed.startswith("--")]
    with threadpool_limits(1, "blas"):
        leagues = [league(seed, has_stints=has_stints) for seed in seeds]
    both = pd.concat(leagues, ignore_index=True)
    exposure = pd.cut(both["minutes"], [0, 50, 200, 500, 1000, 3000])
    for name, part in both.groupby(exposure, observed=True):
        print(
            f"minutes {name!s:>14}  n {len(part):5}  r"
            f" {part['pace'].corr(part['pace_per_48']):.3f}  error sd"
            f" {part['error'].std():.2f}  stated sd {part['sd'].mean():.2f}  80 %"
            f" interval holds {part['is_held'].mean():.3f}"
        )
    shares = both.groupby("seed")["is_held"].mean()
    print(
        "by seed: " + "  ".join(f"{key} {share:.3f}" for key, share in shares.items())
    )
    print(f"all n {len(both)} holds {both['is_held'].mean():.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
