"""`tipoff backtest`: the number that decides whether anyone should use this."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from rich.table import Table

from ml.backtest.market import market_forecasts
from ml.backtest.scores import GAPS, SeasonScore, common_games, score_games
from ml.backtest.walk_forward import walk_forward
from ml.files import replacing, write_text
from ml.forecast.floor import floor_forecasts

# Spread of floor and market before any of their errors are known (points).
FIRST_SD = {"margin": 13.0, "total": 19.0}
SHOWN = ("accuracy", "brier", "log_loss", "margin_mae", "total_mae")
LEAK_ACCURACY = 0.72
LEAK_R_SQUARED = 0.35


@dataclass(frozen=True)
class Backtest:
    """A finished backtest.

    Attributes
    ----------
    forecasts : DataFrame
        Columns of `ml.models.team_forecasts.COLUMNS`.
    seasons : tuple of SeasonScore
        One for each season and, last, one for all.
    warnings : tuple of str
        Signs of a leak; empty in an honest backtest.
    """

    forecasts: pd.DataFrame
    seasons: tuple[SeasonScore, ...]
    warnings: tuple[str, ...]

    def to_table(self) -> Table:
        """Return the scores as a table for the console: floor / ours / market."""
        table = Table(title="floor / ours / market, on the same games")
        table.add_column("season (n)")
        for name in SHOWN:
            table.add_column(name.replace("_", " "), justify="right")
        for name in GAPS:
            table.add_column(f"gap closed {name.replace('_', ' ')}", justify="right")
        for season in self.seasons:
            cells = [f"{season.season} ({season.n_games})"]
            for name in SHOWN:
                digits = 3 if name in {"accuracy", "margin_mae", "total_mae"} else 4
                values = [season.scores[who][name] for who in season.scores]
                cells.append(" / ".join(f"{value:.{digits}f}" for value in values))
            for name in GAPS:
                gap = season.gaps.get(name)
                cells.append(
                    f"{gap.value:.2f} [{gap.lower:.2f}, {gap.upper:.2f}]" if gap else ""
                )
            table.add_row(*cells)
        return table


def backtest(
    frame: pd.DataFrame,
    lines: pd.DataFrame,
    seasons: Sequence[str],
    *,
    out: Path | None = None,
    memory_seasons: int = 6,
    random_state: int = 0,
) -> Backtest:
    """Forecast past seasons and score them between floor and market.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        Training frames of all seasons up to the last one asked for; the floor learns
        from all of them.
    lines : DataFrame, shape (n_lines, 3)
        ``game_id, home_spread, total``, seen by the scorer alone.
    seasons : sequence of str
        Seasons to forecast.
    out : Path, optional
        Folder for ``team_forecasts.parquet`` and ``metrics.json``.
    memory_seasons : int
        Seasons before that of the forecast that are learnt from.
    random_state : int
        Seed of the intervals.

    Returns
    -------
    Backtest
        With every score on all games that have a closing line.

    Raises
    ------
    MissingError
        If a season is not in the frame or no game can be scored.
    """
    forecasts = walk_forward(frame, seasons, memory_seasons=memory_seasons)
    ordered = frame.sort_values(["game_date", "game_id"], ignore_index=True)
    floor = floor_forecasts(ordered).assign(game_id=ordered["game_id"])
    market = ordered.loc[:, ["game_id"]].merge(market_forecasts(lines), on="game_id")
    table = common_games(
        ordered.dropna(subset=["home_margin", "total_points"]),
        floor=_with_sd(floor, ordered),
        ours=forecasts,
        market=_with_sd(market, ordered),
    )
    parts = [
        (season, table[table["ours_season"] == season])
        for season in seasons
        if (table["ours_season"] == season).any()
    ]
    scored = tuple(
        score_games(name, part, random_state=random_state)
        for name, part in [*parts, ("all", table)]
    )
    result = Backtest(forecasts, scored, signs_of_a_leak(table))
    if out is not None:
        _write(result, out)
    return result


def signs_of_a_leak(table: pd.DataFrame) -> tuple[str, ...]:
    """Return what in the forecasts is too good to be true.

    Parameters
    ----------
    table : DataFrame
        From `ml.backtest.scores.common_games`.
    """
    won = table["home_margin"] > 0
    accuracy = float(((table["ours_home_win_prob"] > 0.5) == won).mean())
    residual = table["home_margin"] - table["ours_margin_mean"]
    explained = 1.0 - float((residual**2).mean() / table["home_margin"].var(ddof=0))
    signs = []
    if accuracy > LEAK_ACCURACY:
        signs.append(f"accuracy {accuracy:.3f} is above {LEAK_ACCURACY}")
    if explained > LEAK_R_SQUARED:
        signs.append(f"R² of the margin {explained:.3f} is above {LEAK_R_SQUARED}")
    return tuple(signs)


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


def _write(result: Backtest, out: Path) -> None:
    with replacing(out / "team_forecasts.parquet") as path:
        result.forecasts.to_parquet(path, index=False)
    body = {
        "population": "played games with a closing line",
        "seasons": [asdict(season) for season in result.seasons],
        "warnings": list(result.warnings),
    }
    write_text(out / "metrics.json", json.dumps(body, indent=2) + "\n")
