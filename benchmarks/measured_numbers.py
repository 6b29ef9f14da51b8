r"""Numbers that were measured once and stand in the code, measured again.

    python benchmarks/measured_numbers.py league.sqlite [--until 2018-19] \
        [--play-by-play play_by_play_2018-19.parquet ...]

Prints what ``docs/parameters.md`` calls measured, from seasons that no backtest scores.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from contextlib import closing

import numpy as np
import pandas as pd
from scipy import special

from ml.boxscore.sample import _DISPERSION
from ml.boxscore.stats import LEARNT
from ml.ingest.playbyplay.shots import shot_zone

_LEAST_MINUTES = 300
_MIXED_MINUTES = 200.0
# Technical fouls of every kind, in the play-by-play's own numbers.
_NOT_PERSONAL = (11, 12, 13, 16, 17, 18, 19, 25, 30)


def main() -> None:
    """Read the league and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("source")
    arguments.add_argument("--until", default="2018-19")
    arguments.add_argument("--play-by-play", nargs="*", default=[])
    chosen = arguments.parse_args()
    with closing(sqlite3.connect(chosen.source)) as league:
        tables = {
            name: pd.read_sql(
                f"select * from {name} where season <= ?", league, params=[chosen.until]
            )
            for name in ("games", "team_game_stats", "player_game_stats")
        }
        labels = pd.read_sql("select * from player_seasons", league)
        starters = pd.read_sql("select game_id, player_id from starters", league)
    if tables["games"]["season"].nunique() < 2:
        sys.exit(
            f"{chosen.source} has no two seasons up to {chosen.until}: a player's "
            "position is that of the season before"
        )
    lines = _positions(tables["player_game_stats"], labels)
    say = sys.stdout.write
    say(f"prior_minutes {prior_minutes(lines)}\n")
    say(f"dvp_prior_minutes {dvp_prior_minutes(lines)}\n")
    games, boxes = tables["games"], tables["team_game_stats"]
    games = games[games["home_pts"].notna()]
    say(f"first_games.LEVELS {levels(games)}\n")
    say(f"scores._OVERTIME {overtime(games)}\n")
    say(f"usual shares of threes, free throws {luck(boxes)}\n")
    say(f"shooting {shooting(tables['player_game_stats'])}\n")
    if chosen.play_by_play:
        say(f"shot_zones {zones(chosen.play_by_play)}\n")
        starts = tables["player_game_stats"].merge(
            starters, on=["game_id", "player_id"]
        )
        starts = starts[starts["game_id"].isin(games[games["periods"] == 4]["game_id"])]
        say(f"FOUL_TROUBLE {foul_trouble(chosen.play_by_play, starts):.3f}\n")


def zones(files: list[str]) -> dict[str, float]:
    """Return the points that a shot of each zone brings on average."""
    columns = ["event_type", "home_description", "away_description"]
    sums: dict[str, list[float]] = {}
    for file in files:
        rows = pd.read_parquet(file, columns=columns)
        rows = rows[rows["event_type"].isin((1, 2))]
        for kind, home, away in rows.itertuples(index=False):
            text = str(home or "") + str(away or "")
            feet = re.search(r"(\d+)' ", text)
            zone = shot_zone(
                is_three="3PT" in text,
                feet=float(feet[1]) if feet else float("nan"),
                text=text,
            )
            worth = 3.0 if "3PT" in text else 2.0
            found = sums.setdefault(zone, [0.0, 0.0])
            found[0] += worth * (kind == 1)
            found[1] += 1.0
    return {zone: round(made / tried, 3) for zone, (made, tried) in sums.items()}


def foul_trouble(files: list[str], starts: pd.DataFrame) -> float:
    """Return what a third foul in the first half leaves of a starter's minutes.

    His minutes over those of his other starts of the season, beside the same of
    starters with one foul or none.
    """
    fouls = pd.concat(
        pd.read_parquet(
            file,
            columns=["game_id", "event_type", "action_type", "period", "player1_id"],
        ).query("event_type == 6 and period <= 2")
        for file in files
    )
    fouls = fouls[~fouls["action_type"].isin(_NOT_PERSONAL)]
    counts = fouls.groupby(["game_id", "player1_id"]).size().rename("fouls")
    games = pd.concat(pd.read_parquet(file, columns=["game_id"]) for file in files)
    starts = starts[starts["game_id"].isin(games["game_id"]) & (starts["min"] > 0)]
    his = starts.groupby(["season", "player_id"])["min"]
    usual = (his.transform("sum") - starts["min"]) / (his.transform("count") - 1)
    rows = starts.assign(usual=usual)[his.transform("count") >= 20]
    keys = ["game_id", "player_id"]
    rows = rows.merge(counts.rename_axis(keys).reset_index(), on=keys, how="left")
    seen = rows["fouls"].fillna(0)
    share = [
        part["min"].sum() / part["usual"].sum()
        for part in (rows[seen >= 3], rows[seen <= 1])
    ]
    return float(share[0] / share[1])


def _positions(lines: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Give every line the position of the season before, where there is one."""
    labels = labels.sort_values(["player_id", "season"])[
        ["player_id", "season", "position"]
    ]
    start = "season_start"
    labels[start] = labels["season"].str[:4].astype(int) + 1
    lines = lines[lines["min"] > 0].copy()
    lines[start] = lines["season"].str[:4].astype(int)
    found = pd.merge_asof(
        lines.sort_values(start),
        labels.drop(columns="season").sort_values(start),
        on=start,
        by="player_id",
    )
    return found[found["position"].notna()]


def prior_minutes(lines: pd.DataFrame) -> dict[str, int]:
    """Return the variance of a minute over that between players of a position."""
    keys = ["player_id", "season", "position"]
    out = {}
    for stat in LEARNT:
        rows = lines[[*keys, "min", stat]].astype({"min": float, stat: float})
        sums = rows.groupby(keys)[["min", stat]].transform("sum")
        rate = sums[stat] / sums["min"]
        rows["surprise"] = (rows[stat] - rate * rows["min"]) ** 2 / rows["min"]
        player = rows.groupby(keys).agg(
            minutes=("min", "sum"), made=(stat, "sum"), noise=("surprise", "sum"),
            games=("min", "size"),
        )  # fmt: skip
        player = player[player["minutes"] >= _LEAST_MINUTES].reset_index()
        within = player["noise"].sum() / (player["games"] - 1).sum()
        out[stat] = _ratio(player, within, ["position", "season"])
    return out


def dvp_prior_minutes(lines: pd.DataFrame) -> dict[str, int]:
    """Return the variance of a minute against a team over that between teams."""
    game = ["season", "position", "opponent_team_id", "game_id"]
    out = {}
    for stat in LEARNT:
        rows = lines.groupby(game)[["min", stat]].sum().astype(float).reset_index()
        sums = rows.groupby(game[:3])[["min", stat]].transform("sum")
        rate = sums[stat] / sums["min"]
        rows["surprise"] = (rows[stat] - rate * rows["min"]) ** 2 / rows["min"]
        team = rows.groupby(game[:3]).agg(
            minutes=("min", "sum"), made=(stat, "sum"), noise=("surprise", "sum"),
            games=("min", "size"),
        ).reset_index()  # fmt: skip
        within = team["noise"].sum() / (team["games"] - 1).sum()
        out[stat] = _ratio(team, within, ["position", "season"])
    return out


def _ratio(sums: pd.DataFrame, within: float, group: list[str]) -> int:
    """Return `within` over the variance of true rates inside a group (moments)."""
    rate = sums["made"] / sums["minutes"]
    totals = sums.groupby(group)[["made", "minutes"]].transform("sum")
    away = (rate - totals["made"] / totals["minutes"]) ** 2
    between = float(
        np.average(away - within / sums["minutes"], weights=sums["minutes"])
    )
    return round(within / between) if between > 0 else -1


def levels(games: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of margin and total (points)."""
    margin = games["home_pts"] - games["away_pts"]
    total = games["home_pts"] + games["away_pts"]
    found = {"margin": margin, "total": total}
    return {
        name: (round(float(values.mean()), 1), round(float(values.std()), 1))
        for name, values in found.items()
    }


def overtime(games: pd.DataFrame) -> tuple[list[float], float]:
    """Return the logistic regression of overtime, and how often another follows."""
    margin = (games["home_pts"] - games["away_pts"]).abs().to_numpy(float)
    total = (games["home_pts"] + games["away_pts"]).to_numpy(float)
    periods = games["periods"].to_numpy(float)
    X = np.column_stack(
        [
            np.ones(len(games)),
            margin,
            margin == 1,
            np.maximum(margin - 5.0, 0.0),
            total - total.mean(),
        ]
    )
    beta = np.zeros(X.shape[1])
    for _ in range(50):
        chance = special.expit(X @ beta)
        weight = chance * (1.0 - chance)
        step = np.linalg.solve(
            (X * weight[:, None]).T @ X, X.T @ ((periods > 4) - chance)
        )
        beta += step
    again = float((periods > 5).sum() / (periods > 4).sum())
    return beta.round(4).tolist(), round(again, 3)


def luck(boxes: pd.DataFrame) -> tuple[float, float]:
    """Return the league's share of threes and of free throws made."""
    sums = boxes[["fg3m", "fg3a", "ftm", "fta"]].astype(float).sum()
    return (
        round(float(sums["fg3m"] / sums["fg3a"]), 3),
        round(float(sums["ftm"] / sums["fta"]), 3),
    )


def shooting(lines: pd.DataFrame) -> dict[str, float]:
    """Return how makes and misses go with points, given who played how long.

    What was expected of a player is his rate of the season's other games, mixed with
    200 minutes of the league's, times his minutes.
    """
    rows = lines[["season", "player_id", "game_id", "team_id", "min"]].astype(
        {"min": float}
    )
    rows = rows.assign(
        pts=lines["pts"].astype(float),
        twos=(lines["fgm"] - lines["fg3m"]).astype(float),
        threes=lines["fg3m"].astype(float),
        free=lines["ftm"].astype(float),
        missed=(lines["fga"] - lines["fgm"]).astype(float),
    )
    names = ["pts", "twos", "threes", "free", "missed"]
    player = rows.groupby(["season", "player_id"])[[*names, "min"]].transform("sum")
    league = rows.groupby("season")[[*names, "min"]].transform("sum")
    others = player["min"] - rows["min"] + _MIXED_MINUTES
    expected = rows[["game_id", "team_id"]].copy()
    for name in names:
        usual = league[name] / league["min"] * _MIXED_MINUTES
        rate = (player[name] - rows[name] + usual) / others
        expected[name] = rate * rows["min"]
    # Of free throws, what players' own factors add (`ml.boxscore.sample`) is drawn so.
    expected["own"] = _DISPERSION["ftm"] * expected["free"] ** 2
    side = ["game_id", "team_id"]
    made = rows.groupby(side)[names].sum()
    due = expected.groupby(side)[[*names, "own"]].sum()
    away = made - due[names]
    pts = away["pts"] - away["pts"].mean()
    threes, free = (np.polyfit(pts, away[name], 1)[0] for name in ("threes", "free"))
    left_threes = away["threes"] - threes * pts
    left_free = away["free"] - free * pts
    free_sd = np.sqrt(left_free.var() - due["own"].mean())
    makes = away["twos"] + away["threes"]
    X = np.column_stack([makes, away["free"], np.ones(len(away))])
    beta = np.linalg.lstsq(X, away["missed"], rcond=None)[0]
    found = {
        "threes per point": threes,
        "threes sd": left_threes.std() / np.sqrt(due["threes"].mean() / 12.4),
        "free throws per point": free,
        "free throws sd": free_sd / np.sqrt(due["free"].mean() / 17.5),
        "correlation": np.corrcoef(left_threes, left_free)[0, 1],
        "misses per make": beta[0],
        "misses per free throw": beta[1],
        "misses sd": (away["missed"] - X @ beta).std(),
    }
    return {name: round(float(value), 3) for name, value in found.items()}


if __name__ == "__main__":
    main()
