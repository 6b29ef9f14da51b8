"""Impact ratings beside the truth of simulated leagues: correlation and coverage.

    python benchmarks/impact_truth.py 0 1 2 3
    python benchmarks/impact_truth.py --without-stints 0 1 2 3
    python benchmarks/impact_truth.py --stints-stop 0 1 2 3

Without stints ratings come from box scores alone; where stints stop, only the first
season has them. Over leagues of these seeds, at the end of each of three seasons, by
exposure: the correlation of the rating with the true impact, and how often the 80 %
interval holds the truth (both about the average player on court, like the ratings).
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ml.ratings.player.impact import rate_players
from ml.sources.synthetic import simulate_league

Z80 = 1.2816
TABLES = ("games", "player_game_stats", "players", "impact_lineup_stints")


def league(seed: int, n_seasons_with_stints: int) -> pd.DataFrame:
    """Rate a league at its seasons' ends and set the truth beside the ratings."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "league.sqlite"
        simulate_league(source, n_seasons=3, random_state=seed)
        with sqlite3.connect(source) as db:
            data = {
                name: pd.read_sql(f"select * from {name}", db)
                for name in (*TABLES, "truth_players")
            }
    games = data["games"][data["games"]["home_pts"].notna()]
    ends = games.groupby("season")["game_date"].max()
    dates = pd.to_datetime(ends).to_numpy().astype("datetime64[D]")
    with_stints = sorted(games["season"].unique())[:n_seasons_with_stints]
    stints = data["impact_lineup_stints"]
    seasons = stints["game_id"].map(games.set_index("game_id")["season"])
    rated = rate_players(
        stints[seasons.isin(with_stints)],
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
    total = weights.groupby(both["season"]).sum()
    level = (both["truth"] * weights).groupby(both["season"]).sum() / total
    both["truth"] -= both["season"].map(level)
    both["is_held"] = (both["truth"] - both["impact"]).abs() <= Z80 * both["impact_sd"]
    return both.assign(seed=seed)


def main(seeds: list[int], n_seasons_with_stints: int) -> None:
    both = pd.concat(
        [league(seed, n_seasons_with_stints) for seed in seeds], ignore_index=True
    )
    both["exposure"] = pd.cut(both["exposure_stint_units"], [0, 10, 30, 60, 100, 1000])
    for name, part in both.groupby("exposure", observed=True):
        error = part["truth"] - part["impact"]
        print(
            f"exposure {name!s:>12}  n {len(part):5}  r"
            f" {part['impact'].corr(part['truth']):.3f}  error sd {error.std():.2f}"
            f"  stated sd {part['impact_sd'].mean():.2f}  80 % interval holds"
            f" {part['is_held'].mean():.3f}"
        )
    for name in ("season", "seed"):
        shares = both.groupby(name)["is_held"].mean()
        line = "  ".join(f"{key} {share:.3f}" for key, share in shares.items())
        print(f"by {name}: {line}")
    print(f"all n {len(both)} holds {both['is_held'].mean():.3f}")


if __name__ == "__main__":
    known = {"--without-stints": 0, "--stints-stop": 1}
    chosen = [known[word] for word in sys.argv[1:] if word in known]
    main([int(word) for word in sys.argv[1:] if word not in known], *(chosen or [3]))
