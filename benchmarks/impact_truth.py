"""Impact ratings beside the truth of a simulated league: correlation and coverage.

    python benchmarks/impact_truth.py

At the end of each season, by exposure: the correlation of the rating with the true
impact, and how often the 80 % interval holds the truth (both about the average player
on court, like the ratings).
"""

import sqlite3
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ml.impact.ratings import rate_players
from ml.simulation import simulate_league

Z80 = 1.2816


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "league.sqlite"
        simulate_league(source, n_seasons=3, random_state=0)
        names = ("games", "player_game_stats", "players", "impact_lineup_stints")
        with sqlite3.connect(source) as db:
            data = {
                name: pd.read_sql(f"select * from {name}", db)
                for name in (*names, "truth_players")
            }
    games = data["games"][data["games"]["home_pts"].notna()]
    ends = games.groupby("season")["game_date"].max()
    dates = pd.to_datetime(ends).to_numpy().astype("datetime64[D]")
    rated = rate_players(
        data["impact_lineup_stints"],
        games,
        data["player_game_stats"],
        data["players"],
        dates=set(dates),
    )
    season_of = dict(zip(dates, ends.index, strict=True))
    rated["season"] = rated["rating_date"].map(
        lambda date: season_of[np.datetime64(date, "D")]
    )
    both = rated.merge(data["truth_players"], on=["player_id", "season"])
    both["truth"] = both["offense_per_100"] + both["defense_per_100"]
    weights = both["exposure_stint_units"]
    level = (both["truth"] * weights).groupby(both["season"]).sum() / weights.groupby(
        both["season"]
    ).sum()
    both["truth"] -= both["season"].map(level)
    both["is_held"] = (both["truth"] - both["impact"]).abs() <= Z80 * both["impact_sd"]
    both["exposure"] = pd.cut(weights, [0, 10, 30, 60, 100, 1000])
    for name, part in both.groupby("exposure", observed=True):
        error = part["truth"] - part["impact"]
        print(
            f"exposure {name!s:>12}  n {len(part):4}  r"
            f" {part['impact'].corr(part['truth']):.3f}  error sd {error.std():.2f}"
            f"  stated sd {part['impact_sd'].mean():.2f}  80 % interval holds"
            f" {part['is_held'].mean():.3f}"
        )
    print(f"all n {len(both)} holds {both['is_held'].mean():.3f}")


if __name__ == "__main__":
    main()
