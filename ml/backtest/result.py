"""What a backtest found, as tables for the console and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from ml.backtest.betting import Bets
from ml.backtest.breakdowns import Slice
from ml.backtest.calibration import Weight
from ml.backtest.estimates import interval
from ml.backtest.scores import SeasonScore
from ml.backtest.tuned_seasons import seen_before
from ml.backtest.worst_errors import Miss
from ml.metrics.comparison import Estimate

if TYPE_CHECKING:
    from ml.backtest.player.run import PlayerBacktest

SHOWN = {"accuracy": 3, "brier": 4, "log_loss": 4, "margin_mae": 3, "total_mae": 3}


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


def _plain(value: object) -> object:
    """Return dataclasses, within tuples and mappings too, as dicts."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)  # type: ignore[call-overload]
    return value
