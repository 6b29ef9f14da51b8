"""Are prices of same-game combinations right, and better than independence.

    .venv/bin/python benchmarks/combination_calibration.py HOME BACKTEST SEASON …

HOME has training sets of players; BACKTEST is the folder of a `tipoff backtest` of the
same seasons, whose team forecasts are read. Every game is drawn by models that learnt
from earlier months alone. Of each two regulars, and of each regular and his team, one
combination is made by chance: statistics, sides, and lines at the 30th, 50th or 70th
percentile of what was drawn, chosen before the outcome is looked at. As books settle
them, they count where everyone in them plays.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats
from ml.backtest.player.blocks import PlayerMonth
from ml.backtest.player.walk_forward import SEASONS_BEFORE, player_months
from ml.boxscore.sample import BoxSample, draw_box_scores
from ml.boxscore.summary import column
from ml.features.datasets import load_training_frame
from ml.features.spines import PLAYER_GAME
from ml.models.player.expected import game_input
from ml.models.player.features import candidate_rows
from ml.models.player.forecasts import game_seed
from ml.settings import Settings

STATS = ("pts", "reb", "ast")
LEVELS = (0.3, 0.5, 0.7)
# Whom lines are offered on: so many minutes expected, and so likely to play.
_REGULAR, _LIKELY = 20.0, 0.5
_GROUPS = 10


def combinations_of(
    sample: BoxSample, outcome: pd.DataFrame
) -> list[dict[str, object]]:
    """Return a combination of each two regulars who played, and of each and a win."""
    chance = np.random.default_rng(game_seed(0, sample.game_id))
    home = int(sample.team_id[0])
    plays = np.ascontiguousarray(sample.plays.T)
    often = np.maximum(plays.sum(axis=1), 1)
    minutes = column(sample, "min").sum(axis=0) / often
    regular = np.flatnonzero((minutes >= _REGULAR) & (plays.mean(axis=1) >= _LIKELY))
    drawn = {stat: np.ascontiguousarray(column(sample, stat).T) for stat in STATS}
    lines = {
        (at, stat): np.floor(np.quantile(drawn[stat][at][plays[at]], LEVELS)) + 0.5
        for at in regular
        for stat in STATS
    }
    home_wins = sample.points[:, 0] > sample.points[:, 1]
    has_won = bool(outcome["home_won"].iloc[0])

    def leg(at: int) -> tuple[Bools, bool | None]:
        """Whether it wins in each draw, and did; None where he did not play."""
        stat, level = STATS[chance.integers(len(STATS))], chance.integers(len(LEVELS))
        is_over = bool(chance.integers(2))
        line = lines[at, stat][level]
        wins = (drawn[stat][at] > line) == is_over
        player = int(sample.player_id[at])
        if player not in outcome.index:
            return wins, None
        return wins, bool((outcome.loc[player, stat] > line) == is_over)

    rows: list[dict[str, object]] = []

    def take(kind: str, first: int, second: int | None) -> None:
        both, (wins, won) = plays[first], leg(first)
        alone = (wins & both).sum() / often[first]
        if second is None:
            is_home = sample.team_id[first] == home
            also, did = home_wins == is_home, has_won == is_home
            other = also.mean()
        else:
            also, did = leg(second)
            other = (also & plays[second]).sum() / often[second]
            both = both & plays[second]
        if won is None or did is None or not both.any():
            return
        rows.append(
            {
                "game_id": sample.game_id,
                "kind": kind,
                "joint": (wins & also & both).sum() / both.sum(),
                "independent": alone * other,
                "won": won and did,
            }
        )

    for first, second in itertools.combinations(regular, 2):
        is_same = sample.team_id[first] == sample.team_id[second]
        take("teammates" if is_same else "opponents", first, second)
    for one in regular:
        take("player and win", one, None)
    return rows


def priced(month: PlayerMonth) -> list[dict[str, object]]:
    """Draw every game of a month and return its combinations."""
    rows: list[dict[str, object]] = []
    sides, final_scores = month.home_team_id(), month.final_scores()
    outcomes = dict(list(month.lines.groupby("game_id")))
    for game_id, players in month.expected.groupby("game_id", sort=True):
        if (lines := outcomes.get(game_id)) is None:
            continue
        game = str(game_id)
        home = sides[game]
        points = lines.groupby("team_id")["pts"].sum()
        sample = draw_box_scores(
            game_input(game, home, players[players["is_candidate"]]),
            final_scores(game),
            month.spread,
            random_state=game_seed(month.random_state, game),
        )
        won = bool(points[home] > points.drop(home).iloc[0])
        rows += combinations_of(
            sample, lines.set_index("player_id").assign(home_won=won)
        )
    return rows


def logistic(x: Floats, y: Floats, game: Floats) -> tuple[Floats, Floats]:
    """Regress outcomes on columns; return weights, and errors clustered by game."""
    x = np.column_stack([np.ones(len(x)), x])
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        prob = 1.0 / (1.0 + np.exp(-x @ weights))
        inverse = np.linalg.inv((x * (prob * (1.0 - prob))[:, None]).T @ x)
        weights += inverse @ (x.T @ (y - prob))
    scores = pd.DataFrame(x * (y - prob)[:, None]).groupby(game).sum().to_numpy()
    return weights, np.sqrt(np.diag(inverse @ (scores.T @ scores) @ inverse))


def report(name: str, table: pd.DataFrame, n_draws: int) -> None:
    """Print tenths, log loss and the regression."""
    y = table["won"].to_numpy(float)
    least = 0.5 / n_draws
    prob = table[["joint", "independent"]].clip(least, 1.0 - least)
    loss = -np.log(np.abs(prob.sub(1.0 - y, axis=0)))
    gain = (
        (loss["independent"] - loss["joint"])
        .groupby(table["game_id"])
        .agg(["sum", "size"])
    )
    mean = gain["sum"].sum() / len(table)
    spread = gain["sum"] - mean * gain["size"]
    error = np.sqrt((spread**2).sum()) / len(table)
    logit = np.log(prob / (1.0 - prob)).to_numpy()
    weights, errors = logistic(logit, y, table["game_id"].to_numpy())
    print(f"\n{name}: {len(table):,} combinations of {len(gain):,} games")
    print(
        f"log loss {loss['joint'].mean():.5f}, independent "
        f"{loss['independent'].mean():.5f}; difference {mean:.5f} ± {error:.5f}"
    )
    print(
        f"weight of logit joint {weights[1]:.2f} ± {errors[1]:.2f}, "
        f"independent {weights[2]:.2f} ± {errors[2]:.2f}"
    )
    ratio = table["joint"] / table["independent"]
    for order, by in (("joint", table["joint"]), ("joint / independent", ratio)):
        group = pd.qcut(by.rank(method="first"), _GROUPS, labels=range(1, _GROUPS + 1))
        tenths = table.groupby(group, observed=True)[["joint", "independent", "won"]]
        print(f"by tenths of {order}\n{tenths.mean().round(4).to_string()}")


def main() -> None:
    """Draw, price and compare with what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("backtest", type=Path)
    parser.add_argument("seasons", nargs="+")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--months", type=int, help="Only so many, to try it.")
    asked = parser.parse_args()
    settings, seasons = Settings(home=asked.home), sorted(asked.seasons)
    stored = PLAYER_GAME.seasons(settings)
    first = max(stored.index(seasons[0]) - SEASONS_BEFORE, 0)
    past = stored[first : stored.index(seasons[-1]) + 1]
    frame = load_training_frame(settings, past, PLAYER_GAME)
    rows, outcomes = candidate_rows(frame)
    lines = frame.loc[frame["min"] > 0, ["game_id", "team_id", "player_id", *STATS]]
    months = player_months(
        rows,
        outcomes,
        pd.read_parquet(asked.backtest / "team_forecasts.parquet"),
        lines,
        seasons,
        n_draws=asked.draws,
        random_state=settings.random_state,
        store=asked.backtest,
    )
    found = []
    for month in months[: asked.months]:
        found.append(pd.DataFrame(priced(month)).assign(season=month.season))
        print(f"{month.month}: {len(found[-1]):,} combinations", flush=True)
    table = pd.concat(found, ignore_index=True)
    for season, part in table.groupby("season"):
        for kind, of_kind in part.groupby("kind"):
            report(f"{season}, {kind}", of_kind, asked.draws)
        report(f"{season}, all", part, asked.draws)


if __name__ == "__main__":
    main()
