"""Forecast past games as they would have been forecast: from what was known before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ml.arrays import Ints
from ml.backtest.kept import key_of, taken_or_made, write_frame
from ml.errors import MissingError
from ml.models.team.model import TeamModel
from ml.system.executor import in_order, shared

Fit = Callable[[pd.DataFrame], TeamModel]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Block:
    """Games that one model forecasts.

    Attributes
    ----------
    season : str
        Their season.
    month : str
        Their month, ``YYYY-MM`` (US/Eastern).
    training : DataFrame
        Games known before the first forecast of the block.
    games : DataFrame
        The games to forecast.
    """

    season: str
    month: str
    training: pd.DataFrame
    games: pd.DataFrame

    @property
    def key(self) -> str:
        """Its name, which changes with any value that is learnt from or forecast."""
        return key_of(f"{self.season}_{self.month}", self.training, self.games)


def blocks(
    frame: pd.DataFrame, seasons: Sequence[str], *, memory_seasons: int
) -> Iterator[Block]:
    """Cut seasons into months, each with the games that a model may learn from.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        Training frames of the seasons and of those before.
    seasons : sequence of str
        Seasons to forecast.
    memory_seasons : int
        Seasons before that of the block that are learnt from.

    Yields
    ------
    Block
        In order of time. A game counts as past only where its ``known_at`` lies before
        the first forecast of the block.

    Raises
    ------
    MissingError
        If a season is not in the frame, or none comes before it.
    """
    known = sorted(frame["season"].unique())
    ordered = frame.sort_values(["tipoff_at", "game_id"], kind="stable")
    month = pd.to_datetime(ordered["game_date"]).dt.strftime("%Y-%m")
    played = ordered["home_margin"].notna()
    for season in seasons:
        if season not in known or known.index(season) == 0:
            raise MissingError(
                f"season {season} cannot be forecast from the seasons {known}",
                "build training sets of it and of at least one season before",
            )
        first = max(0, known.index(season) - memory_seasons)
        memory = ordered["season"].isin(known[first:])
        in_season = (ordered["season"] == season) & played
        for name in sorted(month[in_season].unique()):
            games = ordered[in_season & (month == name)]
            past = memory & played & (ordered["known_at"] < games["forecast_at"].min())
            yield Block(season, name, ordered[past], games)


def walk_forward(
    frame: pd.DataFrame,
    seasons: Sequence[str],
    *,
    memory_seasons: int = 6,
    fit: Fit = TeamModel.fit,
    store: Path | None = None,
    say: Say | None = None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Forecast every played game of some seasons, refitting each month.

    Parameters
    ----------
    frame : DataFrame, shape (n_games, any)
        Training frames of the seasons and of those before.
    seasons : sequence of str
        Seasons to forecast.
    memory_seasons : int
        Seasons before that of the forecast that are learnt from.
    fit : callable
        Makes a model from a training frame.
    store : Path, optional
        Folder where every month is kept; a month that is there, forecast from the same
        rows, is taken from it, so that a killed run goes on where it was.
    say : callable, optional
        Told of every month.
    executor : Executor, optional
        Who fits and forecasts, a month each (`ml.system.executor`); this process where
        absent.

    Returns
    -------
    DataFrame, shape (n_forecasts, 16)
        Columns of `ml.models.team.forecasts.COLUMNS`, in order of time.

    Raises
    ------
    MissingError
        If a season is not in the frame, or none comes before it.
    """
    frame = frame.reset_index(drop=True)
    months = [
        (block.month, block.key if store else "", _places(block))
        for block in blocks(frame, seasons, memory_seasons=memory_seasons)
    ]

    def make(lacking: list[int]) -> Iterator[pd.DataFrame]:
        everything = shared(executor, frame) if lacking else frame
        rows = [months[place][2] for place in lacking]
        return in_order(executor, _forecast, rows, fit, everything)

    keys = [key for _, key, _ in months]
    kept = taken_or_made(store, keys, make, read=pd.read_parquet, write=write_frame)
    found = []
    for (month, _, (_, games)), forecasts in zip(months, kept, strict=True):
        found.append(forecasts)
        if say:
            say(f"{month}: {len(games)} games")
    return pd.concat(found, ignore_index=True)


def _places(block: Block) -> tuple[Ints, Ints]:
    return block.training.index.to_numpy(), block.games.index.to_numpy()


def _forecast(fit: Fit, frame: pd.DataFrame, rows: tuple[Ints, Ints]) -> pd.DataFrame:
    """Forecast games from others, both given by their places in a frame."""
    training, games = rows
    return fit(frame.iloc[training]).predict(frame.iloc[games]).to_frame()
