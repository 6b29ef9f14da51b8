"""Forecast past games as they would have been forecast: from what was known before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ml.errors import MissingError
from ml.models.card import hash_frame
from ml.models.team.model import TeamModel
from ml.storage.files import replacing

Fit = Callable[[pd.DataFrame], TeamModel]
Say = Callable[[str], None]

# Part of the name of a stored block: a change of method that moves forecasts must
# change it, or a backtest would go on from forecasts of another model.
METHOD = 4


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
    def digest(self) -> str:
        """Changes with any value that is learnt from or forecast (SHA-256)."""
        parts = [str(METHOD)]
        for rows in (self.training, self.games):
            parts.extend((",".join(rows.columns), hash_frame(rows)))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


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

    Returns
    -------
    DataFrame, shape (n_forecasts, 16)
        Columns of `ml.models.team.forecasts.COLUMNS`, in order of time.

    Raises
    ------
    MissingError
        If a season is not in the frame, or none comes before it.
    """
    found = []
    for block in blocks(frame, seasons, memory_seasons=memory_seasons):
        path = store and store / f"{block.season}_{block.month}_{block.digest[:12]}"
        if path and path.exists():
            found.append(pd.read_parquet(path))
        else:
            found.append(fit(block.training).predict(block.games).to_frame())
            if path:
                with replacing(path) as temporary:
                    found[-1].to_parquet(temporary, index=False)
        if say:
            say(f"{block.month}: {len(block.games)} games")
    return pd.concat(found, ignore_index=True)
