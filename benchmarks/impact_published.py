"""Impact ratings beside published ones: who foresees margins better?

    python benchmarks/impact_published.py ../shared/nba

For each season every system rates players at the end of the season before; the margin
of each game is then predicted from these ratings and the minutes actually played. A
player without a rating counts -2 in every system. Each system's scale and level are
fitted to the season, so only the order and spacing of its ratings are compared.

From the end of January on, ours of that day are compared with the newest published ones
that did not see the games: still those of the season before, since published ratings
carry a season and no date.
"""

import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ml.ratings.player.impact import rate_players
from ml.ratings.player.season import season_ridge

SEASONS = ("2018-19", "2019-20", "2020-21", "2021-22", "2022-23")
UNRATED = -2.0
PLAYERS = [f"{side}_p{one}" for side in ("home", "away") for one in range(1, 6)]


def read(folder: Path) -> dict[str, pd.DataFrame]:
    tables = ("games", "player_game_stats", "players", "impact_lineup_stints")
    with sqlite3.connect(f"file:{folder / 'league.sqlite'}?mode=ro", uri=True) as db:
        return {name: pd.read_sql(f"select * from {name}", db) for name in tables}


def published(folder: Path) -> dict[str, pd.DataFrame]:
    """Ratings by player and the year in which the season ends."""
    reference = folder / "reference"
    darko = pd.read_csv(reference / "published_darko.csv")
    lebron = pd.read_csv(reference / "published_lebron.csv")
    raptor = pd.read_csv(reference / "published_raptor.csv")
    index = pd.read_csv(reference / "player_id_index.csv")
    ids = index.drop_duplicates("bref_id").set_index("bref_id")["nba_id"]
    raptor["nba_id"] = raptor["player_id"].map(ids)
    frames = {
        "darko": darko[["nba_id", "season", "dpm"]],
        "lebron": lebron[["NBA ID", "year", "LEBRON"]],
        "raptor": raptor[["nba_id", "season", "raptor_total"]],
    }
    result = {}
    for name, frame in frames.items():
        frame.columns = ["player_id", "year", "impact"]
        known = frame.dropna().astype({"player_id": int})
        result[name] = known.groupby(["player_id", "year"], as_index=False).mean()
    return result


def minutes_of(stints: pd.DataFrame) -> pd.DataFrame:
    long = stints.melt(
        id_vars=["game_id", "seconds"], value_vars=PLAYERS, value_name="player_id"
    ).dropna()
    long["sign"] = np.where(long["variable"].str.startswith("home"), 1.0, -1.0)
    keys = ["game_id", "player_id", "sign"]
    return long.groupby(keys, as_index=False)["seconds"].sum()


def predict(minutes: pd.DataFrame, ratings: pd.DataFrame) -> pd.Series:
    """Difference in rating between the ten on court, averaged over a game."""
    joined = minutes.merge(ratings, on="player_id", how="left")
    value = joined["impact"].fillna(UNRATED) * joined["sign"] * joined["seconds"]
    seconds = joined.groupby("game_id")["seconds"].sum() / 10
    return value.groupby(joined["game_id"]).sum() / seconds


def errors(prediction: pd.Series, margin: pd.Series) -> np.ndarray:
    slope, level = np.polyfit(prediction, margin, 1)
    return np.abs(margin - level - slope * prediction).to_numpy()


def main(folder: Path) -> None:
    data = read(folder)
    games, stints = data["games"], data["impact_lineup_stints"]
    dates = pd.to_datetime(games["game_date"]).to_numpy().astype("datetime64[D]")
    middles = {
        season: dates[dates <= np.datetime64(f"{_year(season)}-01-31")].max()
        for season in SEASONS
    }
    regular = games["season_type"] == "Regular Season"
    ends = {
        season: dates[(games["season"] == season) & regular].max()
        for season in games["season"].unique()
    }
    ours = rate_players(
        stints,
        games,
        data["player_game_stats"],
        data["players"],
        dates={*ends.values(), *middles.values()},
        with_sd=False,
    )
    others = published(folder)

    rapm = pd.read_csv(folder / "reference" / "published_rapm.csv")
    print(
        "plain ridge of a regular season against published_rapm, >= 1,000 possessions"
    )
    for season in ("2015-16", "2016-17", "2017-18", *SEASONS):
        part = games[regular & (games["season"] == season)]
        plain = season_ridge(stints[stints["game_id"].isin(part["game_id"])], part)
        both = rapm[rapm["season"] == season].merge(
            plain[plain["possessions"] >= 2000],
            left_on="playerId",
            right_on="player_id",
        )
        print(f"  {season}  n {len(both)}  r {both['RAPM'].corr(both['impact']):.3f}")

    print("correlation with ours at the end of the regular season, exposure >= 20")
    for season, end in ends.items():
        mine = ours[(ours["rating_date"] == end) & (ours["exposure_stint_units"] >= 20)]
        line = []
        for name, frame in others.items():
            both = mine.merge(frame[frame["year"] == _year(season)], on="player_id")
            if len(both):
                r = both["impact_x"].corr(both["impact_y"])
                line.append(f"{name} {r:.3f} (n {len(both)})")
        print(f"  {season}  {'  '.join(line)}")

    minutes = minutes_of(stints)
    margins = games.set_index("game_id").eval("home_pts - away_pts")
    tests = {
        "margins of a season from ratings at the end of the one before": None,
        "margins from February on": middles,
    }
    for title, start in tests.items():
        print(f"{title}: MAE (r)")
        absolute: dict[str, list[np.ndarray]] = {}
        for season in SEASONS:
            before = f"{int(season[:4]) - 1}-{season[2:4]}"
            date = start[season] if start else ends[before]
            systems = {"ours": ours[ours["rating_date"] == date]}
            systems |= {
                name: frame[frame["year"] == _year(before)]
                for name, frame in others.items()
            }
            tested = (games["season"] == season) & (dates > date)
            part = minutes[minutes["game_id"].isin(games.loc[tested, "game_id"])]
            line = []
            for name, ratings in systems.items():
                prediction = predict(part, ratings[["player_id", "impact"]])
                margin = margins.loc[prediction.index]
                off = errors(prediction, margin)
                absolute.setdefault(name, []).append(off)
                line.append(f"{name} {off.mean():.3f} ({prediction.corr(margin):.3f})")
            print(f"  {season}  n {len(off)}  {'  '.join(line)}")
        compare(absolute)


def compare(absolute: dict[str, list[np.ndarray]]) -> None:
    rng = np.random.default_rng(0)
    off = {name: np.concatenate(parts) for name, parts in absolute.items()}
    draws = rng.integers(0, len(off["ours"]), (2000, len(off["ours"])))
    for name in ("darko", "lebron", "raptor"):
        gain = off[name] - off["ours"]
        low, high = np.quantile(gain[draws].mean(axis=1), [0.05, 0.95])
        print(
            f"  {name} - ours: {gain.mean():+.3f} points of MAE,"
            f" 90 % interval {low:+.3f} to {high:+.3f}, n {len(gain)}"
        )


def _year(season: str) -> int:
    return int(season[:4]) + 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
