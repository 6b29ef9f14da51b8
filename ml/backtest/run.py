"""`tipoff backtest`: the number that decides whether anyone should use this."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from ml.backtest.betting import Bets, bet
from ml.backtest.breakdowns import Slice, slices
from ml.backtest.calibration import Weight, weights_beside_the_line
from ml.backtest.estimates import interval
from ml.backtest.leaks import signs_of_a_leak
from ml.backtest.page import report_html
from ml.backtest.past_lines import informed
from ml.backtest.scores import (
    SeasonScore,
    common_games,
    score_games,
    score_reference,
)
from ml.backtest.tuned_seasons import seen_before
from ml.backtest.walk_forward import Fit, Say, walk_forward
from ml.backtest.worst_errors import Miss, worst_misses
from ml.metrics.baseline import floor_forecasts
from ml.metrics.comparison import Estimate
from ml.metrics.market import market_forecasts
from ml.models.team.model import TeamModel
from ml.storage.files import replacing, write_text

if TYPE_CHECKING:
    from ml.backtest.player.run import PlayerBacktest

# Spread of floor and market before any of their errors are known (points).
FIRST_SD = {"margin": 13.0, "total": 19.0}
INFORMED_FILE = "team_forecasts_informed_by_past_lines.parquet"
SHOWN = {"accuracy": 3, "brier": 4, "log_loss": 4, "margin_mae": 3, "total_mae": 3}


@dataclass(frozen=True)
class Yardsticks:
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


@dataclass(frozen=True)
class Backtest:
    """A finished backtest.

    Attributes
    ----------
    horizon : str
        When the forecasts were made.
    forecasts : DataFrame
        Columns of `ml.models.team.forecasts.COLUMNS`.
    seasons : tuple of SeasonScore
        One for each season and, last, one for all.
    warnings : tuple of str
        Signs of a leak; empty in an honest backtest.
    references : tuple of SeasonScore
        A public forecaster beside the others, where given.
    weights : tuple of Weight
        What ours adds to the line.
    slices : tuple of Slice
        Scores by month, phase, rest and absences.
    misses : tuple of Miss
        The worst.
    bets : tuple of Bets
        At the closing price.
    horizons : dict of str to dict of str to Estimate
        Gap closed by horizon, and by who knew less, this one among them.
    compared : dict of str to tuple of SeasonScore
        The same seasons scored at each of those, one for each season and, last, one for
        all.
    table : DataFrame
        From `ml.backtest.scores.common_games`: all forecasters, game by game.
    players : PlayerBacktest or None
        Players' scores, where they were forecast.
    informed : tuple of SeasonScore
        The same seasons, where asked for, by the model that lines of past games inform
        (`ml.backtest.past_lines`); in none of the other figures.
    """

    horizon: str
    forecasts: pd.DataFrame
    seasons: tuple[SeasonScore, ...]
    warnings: tuple[str, ...]
    references: tuple[SeasonScore, ...]
    weights: tuple[Weight, ...]
    slices: tuple[Slice, ...]
    misses: tuple[Miss, ...]
    bets: tuple[Bets, ...]
    horizons: dict[str, dict[str, Estimate]]
    compared: dict[str, tuple[SeasonScore, ...]]
    table: pd.DataFrame
    players: PlayerBacktest | None = None
    informed: tuple[SeasonScore, ...] = ()

    def to_table(self) -> Table:
        """Return the scores as a table for the console, 80 columns wide."""
        title = f"forecasts at {self.horizon}, same games"
        return _score_table(title, self.seasons)

    def informed_table(self) -> Table | None:
        """Return those of the model that past lines inform, where asked for."""
        if not self.informed:
            return None
        title = f"another model, informed by past lines, {self.horizon}, same games"
        return _score_table(title, self.informed)

    def comparison(self) -> Table | None:
        """Return the gap closed by what forecasts knew; None where there is but one."""
        if len(self.compared) < 2:
            return None
        table = Table(title="gap closed by what was known, 90 %", box=SIMPLE)
        table.add_column("forecasts")
        table.add_column("season")
        for name in ("Brier", "margin MAE", "total MAE", "slope", "80 % hold"):
            table.add_column(name, justify="right")
        for name, scores in self.compared.items():
            for number, season in enumerate(scores):
                gaps = [
                    interval(season.gaps.get(key), 2)
                    for key in ("brier", "margin_mae", "total_mae")
                ]
                sure = season.calibration
                table.add_row(
                    "" if number else name,
                    season.season,
                    *gaps,
                    f"{sure['slope']:.2f}" if "slope" in sure else "",
                    f"{sure['margin_coverage']:.1%}",
                    end_section=number == len(scores) - 1,
                )
        return table

    def to_dict(self) -> dict[str, object]:
        """Return everything but the games' forecasts, as JSON types."""
        body = {
            name: value
            for name, value in vars(self).items()
            if name not in {"forecasts", "table", "players"}
        }
        return {
            "population": "played games with a closing line",
            **{name: _plain(value) for name, value in body.items()},
        }


def backtest(
    frame: pd.DataFrame,
    yardsticks: Yardsticks,
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
) -> Backtest:
    """Forecast past seasons and score them between floor and market.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        Training frames of all seasons up to the last one asked for; the floor learns
        from all of them.
    yardsticks : Yardsticks
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
        )

    def scored(table: pd.DataFrame) -> tuple[SeasonScore, ...]:
        return tuple(
            score_games(name, part, random_state=random_state)
            for name, part in _parts(table, seasons)
        )

    tables, forecasts = {}, {}
    for name, rows in {horizon: frame, **(others or {})}.items():
        forecasts[name] = walk(name, rows, seasons)
        tables[name] = _table(rows, forecasts[name], yardsticks.lines)
    table = tables[horizon]
    whole = _parts(table, seasons)
    compared = {name: scored(rows) for name, rows in tables.items()}
    reference = yardsticks.reference
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
        misses=worst_misses(table, frame, dict(yardsticks.teams)),
        bets=bet(table, random_state=random_state),
        horizons={name: scores[-1].gaps for name, scores in compared.items()},
        compared=compared,
        table=table,
    )
    if past_lines:
        moved = _informed(
            frame,
            forecasts[horizon],
            yardsticks.lines,
            functools.partial(walk, horizon, frame),
        )
        informed_table = _table(frame, moved, yardsticks.lines)
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


def _score_table(title: str, seasons: Sequence[SeasonScore]) -> Table:
    # The last is of all seasons together, if there are several.
    names = [season.season for season in seasons][: max(1, len(seasons) - 1)]
    table = Table(title=title, caption=seen_before(names), box=SIMPLE)
    table.add_column("season")
    table.add_column("")
    for name in SHOWN:
        table.add_column(name.replace("_", " "), justify="right")
    for season in seasons:
        first = iter((season.season, f"n {season.n_games:,}"))
        for name, found in season.scores.items():
            cells = [f"{found[key].value:.{SHOWN[key]}f}" for key in SHOWN]
            table.add_row(next(first, ""), name, *cells)
        gaps = [season.gaps.get(name) for name in SHOWN]
        shares = [f"{gap.value:.2f}" if gap else "" for gap in gaps]
        ends = [f"{gap.lower:.2f}–{gap.upper:.2f}" if gap else "" for gap in gaps]
        table.add_row("", "gap", *shares)
        table.add_row("", "90 %", *ends, end_section=True)
    return table


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
    """Return floor, ours and market on the same games, with prices where given."""
    ordered = frame.sort_values(["game_date", "game_id"], ignore_index=True)
    floor = floor_forecasts(ordered).assign(game_id=ordered["game_id"])
    market = ordered.loc[:, ["game_id"]].merge(market_forecasts(lines), on="game_id")
    table = common_games(
        ordered.dropna(subset=["home_margin", "total_points"]),
        floor=_with_sd(floor, ordered),
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


def _plain(value: object) -> object:
    """Return dataclasses, within tuples and mappings too, as dicts."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    return value
