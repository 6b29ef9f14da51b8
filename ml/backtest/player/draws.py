"""What is asked of the draws while they are there: CRPS, and a league of their own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ml.arrays import Bools, Floats, Ints
from ml.backtest.player.scores import CRPS
from ml.boxscore.sample import BoxSample
from ml.boxscore.summary import column, tally
from ml.models.player.forecasts import Drawn

# Draws of every game that make up a simulated league.
KEPT = 12
_LEAGUE = ("min", "pts", "reb", "ast", "stl", "blk")


class DrawScorer:
    """Takes every game's draws and keeps what is scored.

    Parameters
    ----------
    lines : DataFrame, shape (n_appearances, ...)
        ``game_id, player_id`` and the lines of those who played.
    """

    def __init__(self, lines: pd.DataFrame) -> None:
        self._lines = dict(list(lines.groupby("game_id")))
        self._crps: list[pd.DataFrame] = []
        self._league: list[pd.DataFrame] = []

    def __call__(self, drawn: Drawn) -> None:
        """Score one game."""
        lines = self._lines.get(drawn.sample.game_id)
        if lines is None:
            return
        outcome = lines.set_index("player_id")
        for sample, chosen in (
            (drawn.sample, drawn.often),
            (drawn.alone, np.ones(len(drawn.alone.player_id), dtype=bool)),
        ):
            scored = chosen & np.isin(sample.player_id, outcome.index)
            if scored.any():
                self._crps.append(_crps(sample, scored, outcome))
        self._league.append(_league(drawn.sample))

    def scored(self) -> pd.DataFrame:
        """Return ``game_id, player_id``, the CRPS of each of `CRPS` and ``pra_counts``.

        The last holds how many draws had 0, 1, … points, rebounds and assists, given
        that he plays, so that any line can be priced.
        """
        return pd.concat(self._crps, ignore_index=True)

    def league(self) -> pd.DataFrame:
        """Return drawn lines of `KEPT` seasons: ``draw, game_id, team_id, …``."""
        return pd.concat(self._league, ignore_index=True)


def crps_of_counts(counts: Ints, outcome: Floats) -> Floats:
    """Return the CRPS of draws of whole numbers, given as a tally.

    ``Σ (F(k) - [outcome ≤ k])²`` over whole k, which is what the integral of the CRPS
    is when draws and outcome are whole.

    Parameters
    ----------
    counts : ndarray of int, shape (n, n_values)
        Draws of 0, 1, …
    outcome : ndarray, shape (n,)
        What happened.
    """
    width = max(counts.shape[1], int(outcome.max(initial=0)) + 1)
    padded = np.pad(counts, ((0, 0), (0, width - counts.shape[1])))
    cdf = padded.cumsum(axis=1) / padded.sum(axis=1, keepdims=True)
    step = outcome[:, None] <= np.arange(width)
    return np.asarray(((cdf - step) ** 2).sum(axis=1))


def _crps(sample: BoxSample, chosen: Bools, outcome: pd.DataFrame) -> pd.DataFrame:
    players = sample.player_id[chosen]
    plays = sample.plays[:, chosen]
    columns: dict[str, object] = {"game_id": sample.game_id, "player_id": players}
    for stat in CRPS:
        counts = tally(column(sample, stat)[:, chosen], plays)
        truth = outcome.loc[players, stat].to_numpy(float)
        columns[f"{stat}_crps"] = crps_of_counts(counts, truth)
    columns["pra_counts"] = list(tally(column(sample, "pra")[:, chosen], plays))
    return pd.DataFrame(columns)


def _league(sample: BoxSample) -> pd.DataFrame:
    draw, player = np.nonzero(sample.plays[:KEPT])
    columns: Mapping[str, object] = {
        "draw": draw,
        "game_id": sample.game_id,
        "team_id": sample.team_id[player],
        "player_id": sample.player_id[player],
        **{name: sample.box[name][draw, player] for name in _LEAGUE},
    }
    return pd.DataFrame(columns)
