"""Lines on points + rebounds + assists: read and scored beside our forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml.arrays import Floats, Ints
from ml.backtest.betting import fair_probability
from ml.errors import MissingError
from ml.ingest.given import read_given
from ml.ingest.player_names import Person, resolve_names
from ml.metrics.comparison import Estimate, bootstrap
from ml.metrics.score import log_losses
from ml.pricing.odds import decimal_odds
from ml.settings import Settings

MARKET = "pts+reb+ast"
# Their prices of these lines are noise.
LEFT_OUT = ("BetRivers", "Unibet")
_COLUMNS = ["game_date", "player_name", "bookmaker", "line", "over_price"]
_COLUMNS += ["under_price"]


@dataclass(frozen=True)
class PropScore:
    """Our forecasts beside bookmakers' lines, on the same rows.

    Attributes
    ----------
    n_lines, n_priced : int
        Rows with a line; of them those whose median line a bookmaker priced and that
        did not end on the line.
    n_left_out : int
        Lines of those who did not play or whose name could not be told.
    mae : dict of str to Estimate
        ``line``, ``ours`` (the median), ``ours_mean``, ``baseline``.
    difference : Estimate
        MAE of our median less that of the line.
    log_loss : dict of str to Estimate
        Of over or under: ``price`` (without the bookmaker's margin), ``ours``.
    log_loss_difference : Estimate
        Ours less the price's.
    """

    n_lines: int
    n_priced: int
    n_left_out: int
    mae: dict[str, Estimate]
    difference: Estimate
    log_loss: dict[str, Estimate]
    log_loss_difference: Estimate


def read_prop_lines(
    source: Path, settings: Settings
) -> tuple[pd.DataFrame, tuple[Person, ...]]:
    """Read lines on points + rebounds + assists, and who the players are.

    Parameters
    ----------
    source : Path
        A SQLite file that follows the source contract.
    settings : Settings
        What the source calls its tables.

    Returns
    -------
    lines : DataFrame, shape (n_lines, 6)
        ``game_date, player_name, bookmaker, line, over_price, under_price``, prices
        American; empty where the source has none.
    people : tuple of Person
        Everyone there is.

    Raises
    ------
    MissingError
        If the file does not exist.
    """
    if not source.is_file():
        raise MissingError(f"there is no source at {source}")
    given = read_given(source, ["players", "player_prop_lines"], settings)
    named = given["players"].dropna(subset=["player_id", "player_name"])
    people = tuple(
        Person(int(player), str(name))
        for player, name in sorted(
            zip(named["player_id"], named["player_name"], strict=True)
        )
    )
    offers = given["player_prop_lines"]
    is_ours = (offers["market"] == MARKET) & ~offers["bookmaker"].isin(LEFT_OUT)
    lines = offers.loc[is_ours, _COLUMNS].assign(
        game_date=lambda rows: rows["game_date"].astype(str).str[:10]
    )
    lines = lines.sort_values(_COLUMNS[:3], kind="stable", ignore_index=True)
    return lines, people


def median_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row a date and player: the bookmakers' median line and its price.

    Returns
    -------
    DataFrame, shape (n_players, 4)
        ``game_date, player_name, line, over_prob``: the last is the mean of the
        probabilities without margin of those who offer the median line, NaN where
        nobody does.
    """
    keys = ["game_date", "player_name"]
    prices = lines[["over_price", "under_price"]].astype(float)
    known = prices.notna().all(axis=1).to_numpy()
    fair = np.full(len(lines), np.nan)
    if known.any():
        over, under = (decimal_odds(prices[name][known]) for name in prices)
        fair[known] = fair_probability(over, under, "multiplicative")
    median = lines.groupby(keys)["line"].transform("median")
    table = lines.assign(
        median=median, fair=np.where(lines["line"] == median, fair, np.nan)
    )
    return (
        table.groupby(keys)
        .agg(line=("median", "first"), over_prob=("fair", "mean"))
        .reset_index()
    )


def name_players(
    lines: pd.DataFrame, people: tuple[Person, ...], table: pd.DataFrame
) -> pd.DataFrame:
    """Add ``player_id``, resolved day by day among that day's players; NaN if unknown.

    Parameters
    ----------
    lines : DataFrame, shape (n_lines, ...)
        From `median_lines`.
    people : tuple of Person
        Everyone there is.
    table : DataFrame, shape (n_rows, ...)
        ``game_date, player_id`` of those who could play.
    """
    days = pd.to_datetime(table["game_date"]).dt.strftime("%Y-%m-%d")
    rosters = table["player_id"].groupby(days).agg(frozenset).to_dict()
    parts = []
    for day, rows in lines.groupby("game_date"):
        roster = rosters.get(str(day)[:10], frozenset())
        found = resolve_names(rows["player_name"], people, roster=roster)
        parts.append(rows.assign(player_id=rows["player_name"].map(found)))
    return pd.concat(parts, ignore_index=True)


def over_probability(counts: list[Ints], line: pd.Series) -> pd.Series:
    """Return P(over), given that the line is not met exactly, from tallies of draws."""
    probs = []
    for tally, at in zip(counts, line, strict=True):
        values = np.arange(len(tally))
        over, under = tally[values > at].sum(), tally[values < at].sum()
        probs.append((over + 0.5) / (over + under + 1.0))
    return pd.Series(probs, index=line.index)


def score_props(
    lines: pd.DataFrame,
    people: tuple[Person, ...],
    table: pd.DataFrame,
    *,
    random_state: int,
) -> PropScore | None:
    """Score lines and forecasts on those who played; None where no line is theirs.

    Parameters
    ----------
    lines, people : DataFrame, tuple of Person
        From `read_prop_lines`.
    table : DataFrame, shape (n_lines, ...)
        Those who played: ``game_date, player_id, pra, pra_mean, pra_p50, pra_baseline,
        pra_counts``.
    random_state : int
        Seed of the intervals.
    """
    if lines.empty:
        return None
    named = name_players(median_lines(lines), people, table)
    day = pd.to_datetime(table["game_date"]).dt.strftime("%Y-%m-%d")
    named = named.assign(day=named["game_date"].astype(str).str[:10])
    rows = named.merge(
        table.drop(columns="game_date").assign(day=day), on=["day", "player_id"]
    )
    if rows.empty:
        return None
    truth = rows["pra"].to_numpy(float)
    ways = {"line": "line", "ours": "pra_p50", "ours_mean": "pra_mean"}
    ways["baseline"] = "pra_baseline"
    errors = {
        name: np.abs(rows[way].to_numpy(float) - truth) for name, way in ways.items()
    }
    priced = rows[rows["over_prob"].notna() & (rows["line"] != rows["pra"])]
    over = (priced["pra"] > priced["line"]).to_numpy(float)
    ours = over_probability(list(priced["pra_counts"]), priced["line"])
    losses = {
        "price": log_losses(priced["over_prob"].to_numpy(float), over),
        "ours": log_losses(ours.to_numpy(float), over),
    }

    def mean(*loss: Floats) -> Estimate:
        return bootstrap(
            loss,
            lambda means: means[0] - means[1] if len(means) > 1 else means[0],
            random_state=random_state,
        )

    return PropScore(
        n_lines=len(rows),
        n_priced=len(priced),
        n_left_out=int(len(named) - len(rows)),
        mae={name: mean(loss) for name, loss in errors.items()},
        difference=mean(errors["ours"], errors["line"]),
        log_loss={name: mean(loss) for name, loss in losses.items()},
        log_loss_difference=mean(losses["ours"], losses["price"]),
    )
