"""`tipoff backtest`: the number that decides whether anyone should use this."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ml.backtest.betting import bet
from ml.backtest.breakdowns import slices
from ml.backtest.calibration import weights_beside_the_line
from ml.backtest.leaks import signs_of_a_leak
from ml.backtest.page import report_html
from ml.backtest.past_lines import informed
from ml.backtest.result import Backtest
from ml.backtest.scores import (
    SeasonScore,
    common_games,
    score_games,
    score_reference,
)
from ml.backtest.walk_forward import Fit, Say, walk_forward
from ml.backtest.worst_errors import worst_misses
from ml.metrics.baseline import baseline_forecasts
from ml.metrics.market import market_forecasts
from ml.models.team.model import TeamModel
from ml.storage.files import replacing, write_text

if TYPE_CHECKING:
    pass

# Spread of baseline and market before any of their errors are known (points).
FIRST_SD = {"margin": 13.0, "total": 19.0}
INFORMED_FILE = "team_forecasts_informed_by_past_lines.parquet"


@dataclass(frozen=True)
class Benchmarks:
    """What forecasts are measured against; only the scorer sees it.

    Attributes
    ----------
    lines : DataFrame
        From `ml.metrics.market.read_closing_lines`.
    reference : DataFrame or None
        From `ml.backtest.reference.read_reference`.
    teams : dict of int to str
        Abbreviations, for people.
    """

    lines: pd.DataFrame
    reference: pd.DataFrame | None = None
    teams: Mapping[int, str] = field(default_factory=dict)


def backtest(
    frame: pd.DataFrame,
    benchmarks: Benchmarks,
    seasons: Sequence[str],
    *,
    out: Path | None = None,
    horizon: str = "tipoff-60m",
    others: Mapping[str, pd.DataFrame] | None = None,
    fit: Fit = TeamModel.fit,
    memory_seasons: int = 6,
    past_lines: bool = False,
    random_state: int = 0,
    say: Say | None = None,
    executor: Executor | None = None,
) -> Backtest:
    """Forecast past seasons and score them between baseline and market.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        Training frames of all seasons up to the last one asked for; the baseline learns
        from all of them.
    benchmarks : Benchmarks
        Closing lines and other forecasts, seen by the scorer alone.
    seasons : sequence of str
        Seasons to forecast.
    out : Path, optional
        Folder for ``team_forecasts.parquet``, ``metrics.json`` and ``report.html``;
        months that a killed run left there are taken over.
    horizon : str
        What to call the moment of the forecasts.
    others : mapping of str to DataFrame, optional
        Training frames of the same games as other horizons saw them.
    fit : callable
        Makes a model from a training frame.
    memory_seasons : int
        Seasons before that of the forecast that are learnt from.
    past_lines : bool
        Whether to score apart, too, what `ml.backtest.past_lines` makes of the
        forecasts; earlier seasons are forecast for it.
    random_state : int
        Seed of the intervals.
    say : callable, optional
        Told of every month.
    executor : Executor, optional
        Who fits and forecasts, a month each (`ml.system.executor`); this process where
        absent.

    Returns
    -------
    Backtest
        With every score on all games that have a closing line.

    Raises
    ------
    MissingError
        If a season is not in the frame or no game can be scored.
    """

    def walk(name: str, rows: pd.DataFrame, seasons: Sequence[str]) -> pd.DataFrame:
        return walk_forward(
            rows,
            seasons,
            memory_seasons=memory_seasons,
            fit=fit,
            store=out and out / "months",
            say=say and functools.partial(_say, say, name),
            executor=executor,
        )

    def scored(table: pd.DataFrame) -> tuple[SeasonScore, ...]:
        return tuple(
            score_games(name, part, random_state=random_state)
            for name, part in _parts(table, seasons)
        )

    tables, forecasts = {}, {}
    for name, rows in {horizon: frame, **(others or {})}.items():
        forecasts[name] = walk(name, rows, seasons)
        tables[name] = _table(rows, forecasts[name], benchmarks.lines)
    table = tables[horizon]
    whole = _parts(table, seasons)
    compared = {name: scored(rows) for name, rows in tables.items()}
    reference = benchmarks.reference
    references = [
        score_reference(name, part, reference, random_state=random_state)
        for name, part in whole
        if reference is not None
    ]
    result = Backtest(
        horizon=horizon,
        forecasts=forecasts[horizon],
        seasons=compared[horizon],
        warnings=signs_of_a_leak(table),
        references=tuple(found for found in references if found is not None),
        weights=weights_beside_the_line(table, random_state=random_state),
        slices=slices(table, frame),
        misses=worst_misses(table, frame, dict(benchmarks.teams)),
        bets=bet(table, random_state=random_state),
        horizons={name: scores[-1].gaps for name, scores in compared.items()},
        compared=compared,
        table=table,
    )
    if past_lines:
        moved = _informed(
            frame,
            forecasts[horizon],
            benchmarks.lines,
            functools.partial(walk, horizon, frame),
        )
        informed_table = _table(frame, moved, benchmarks.lines)
        result = replace(result, informed=scored(informed_table))
        if out is not None:
            with replacing(out / INFORMED_FILE) as path:
                moved.to_parquet(path, index=False)
    if out is not None:
        _write(result, out)
        for name in others or {}:
            file = f"team_forecasts_{name.replace(' ', '_')}.parquet"
            with replacing(out / file) as path:
                forecasts[name].to_parquet(path, index=False)
    return result


def _informed(
    frame: pd.DataFrame,
    forecasts: pd.DataFrame,
    lines: pd.DataFrame,
    walk: Callable[[Sequence[str]], pd.DataFrame],
) -> pd.DataFrame:
    """Return forecasts as past lines move them, which earlier ones teach."""
    asked = set(forecasts["season"])
    # The first season of all has none before it to be forecast from.
    others = [
        name for name in sorted(frame["season"].unique())[1:] if name < max(asked)
    ]
    others = [name for name in others if name not in asked]
    parts = [walk(others)] if others else []
    moved = informed(pd.concat([*parts, forecasts], ignore_index=True), frame, lines)
    return moved[moved["season"].isin(asked)].reset_index(drop=True)


def _parts(
    table: pd.DataFrame, seasons: Sequence[str]
) -> list[tuple[str, pd.DataFrame]]:
    """Return the games of each season and, last, all."""
    by_season = [(season, table[table["ours_season"] == season]) for season in seasons]
    return [*((name, part) for name, part in by_season if len(part)), ("all", table)]


def _say(say: Say, name: str, text: str) -> None:
    say(f"{name} {text}")


def _table(
    frame: pd.DataFrame, forecasts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Return baseline, ours and market on the same games, with prices where given."""
    ordered = frame.sort_values(["game_date", "game_id"], ignore_index=True)
    baseline = baseline_forecasts(ordered).assign(game_id=ordered["game_id"])
    market = ordered.loc[:, ["game_id"]].merge(market_forecasts(lines), on="game_id")
    table = common_games(
        ordered.dropna(subset=["home_margin", "total_points"]),
        baseline=_with_sd(baseline, ordered),
        ours=forecasts,
        market=_with_sd(market, ordered),
    )
    prices = lines.reindex(columns=["game_id", "moneyline_home", "moneyline_away"])
    return table.merge(prices, on="game_id", how="left", validate="1:1")


def _with_sd(forecasts: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    columns = ["game_id", "game_date", "home_margin", "total_points"]
    joined = forecasts.merge(games.loc[:, columns], on="game_id", how="left")
    joined = joined.sort_values(["game_date", "game_id"], ignore_index=True)
    for target, label in (("margin", "home_margin"), ("total", "total_points")):
        squared = (joined[label].astype(float) - joined[f"{target}_mean"]) ** 2
        by_date = squared.groupby(joined["game_date"]).agg(["sum", "count"])
        # As if a hundred games had been seen before the first.
        weight = 100.0 + by_date["count"].cumsum().shift(fill_value=0)
        before = 100.0 * FIRST_SD[target] ** 2 + by_date["sum"].cumsum().shift(
            fill_value=0.0
        )
        sd = (before / weight) ** 0.5
        joined[f"{target}_sd"] = sd.loc[joined["game_date"]].to_numpy()
    return joined.drop(columns=columns[1:])


def write_page(result: Backtest, out: Path) -> Path:
    """Write ``report.html``; again, once the players are scored."""
    write_text(out / "report.html", report_html(result))
    return out / "report.html"


def _write(result: Backtest, out: Path) -> None:
    with replacing(out / "team_forecasts.parquet") as path:
        result.forecasts.to_parquet(path, index=False)
    write_text(out / "metrics.json", json.dumps(result.to_dict(), indent=2) + "\n")
    write_page(result, out)
