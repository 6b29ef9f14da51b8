"""Constants of the ratings varied one at a time: how well margins are foreseen.

    python benchmarks/impact_settings.py ../shared/nba

Mean absolute error of margins of 2018-19 to 2022-23 from the minutes actually played
and the ratings at the end of the season before (season) or of January (February on);
see `impact_published.py`.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from impact_published import SEASONS, errors, minutes_of, predict, read

from ml.ratings.player.impact import rate_players
from ml.ratings.player.rater import ImpactSettings

DEFAULT = ImpactSettings()
VARIED: dict[str, tuple[float, ...]] = {
    "half_life_days": (250.0, 600.0),
    "penalty": (2500.0, 6000.0),
    "box_half_life_days": (150.0, 400.0),
    "box_padding_minutes": (100.0, 400.0),
    "prior_half_life_days": (730.0, 2920.0),
    # So strong that box scores say nothing.
    "prior_penalty": (1e12,),
}


def main(folder: Path) -> None:
    data = read(folder)
    games = data["games"]
    games["date"] = (
        pd.to_datetime(games["game_date"]).to_numpy().astype("datetime64[D]")
    )
    minutes = minutes_of(data["impact_lineup_stints"])
    margins = games.set_index("game_id").eval("home_pts - away_pts")
    starts = {}
    for season in SEASONS:
        days = games.loc[games["season"] == season, "date"]
        february = np.datetime64(f"{int(season[:4]) + 1}-02-01")
        starts[season] = {
            "season": games.loc[games["date"] < days.min(), "date"].max(),
            "February on": days[days < february].max(),
        }
    dates = {
        np.datetime64(date, "D") for both in starts.values() for date in both.values()
    }
    settings = {"as they are": DEFAULT} | {
        f"{name} {value:g}": replace(DEFAULT, **{name: value})
        for name, values in VARIED.items()
        for value in values
    }
    for title, chosen in settings.items():
        ratings = rate_players(
            data["impact_lineup_stints"],
            games,
            data["player_game_stats"],
            data["players"],
            settings=chosen,
            dates=dates,
            with_sd=False,
        )
        off: dict[str, list[np.ndarray]] = {"season": [], "February on": []}
        for season, both in starts.items():
            for name, date in both.items():
                tested = (games["season"] == season) & (games["date"] > date)
                part = minutes[minutes["game_id"].isin(games.loc[tested, "game_id"])]
                known = ratings[ratings["rating_date"] == date]
                prediction = predict(part, known[["player_id", "impact"]])
                off[name].append(errors(prediction, margins.loc[prediction.index]))
        found = "  ".join(
            f"{name} {np.concatenate(parts).mean():.4f}" for name, parts in off.items()
        )
        print(f"{title:28} {found}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
