"""Measure simulated games beside the closed form of ml.sources.synthetic.truth.

The first lines are the constants; the means of the last table should agree.

Run: python benchmarks/simulation_truth.py [n_seasons] [random_state]
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ml.sources.synthetic import simulate_league, truth

_GAMES = """
select
    home_pts - away_pts as margin,
    home_pts + away_pts as total,
    expected_margin,
    expected_total
from games
inner join truth_games using (game_id)
where home_pts is not null
"""
_MINUTES = """
select truth_minutes.expected_minutes, coalesce(player_game_stats.min, 0) as minutes
from truth_minutes
inner join games using (game_id)
left join player_game_stats using (game_id, player_id)
where games.home_pts is not null
"""


def main() -> None:
    n_seasons = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    random_state = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "league.sqlite"
        simulate_league(path, n_seasons=n_seasons, random_state=random_state)
        connection = sqlite3.connect(path)
        games = pd.read_sql(_GAMES, connection)
        minutes = pd.read_sql(_MINUTES, connection)
        connection.close()
    strength = games["expected_margin"] / truth.MARGIN_SLOPE
    slope = float((strength * games["margin"]).sum() / (strength**2).sum())
    spread = float((games["margin"] - slope * strength).std())
    raw = (games["expected_total"] - truth.TOTAL_LEVEL) / truth.TOTAL_SLOPE
    total_slope, level = np.polyfit(raw, games["total"], 1)
    print(f"{len(games)} games")
    print(f"MARGIN_SLOPE = {slope:.3f}\nMARGIN_SPREAD = {spread:.2f}")
    print(f"TOTAL_LEVEL = {level:.1f}\nTOTAL_SLOPE = {total_slope:.3f}")
    knots = [0, 1, 4, 7.5, 10, 14, 18, 22, 26, 30, 34, 37, 45]
    groups = pd.cut(minutes["expected_minutes"], knots)
    print(minutes.groupby(groups, observed=True).agg(["mean", "size"]).round(2))


if __name__ == "__main__":
    main()
