"""Every player's forecast of a day's games, read from their joint samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.boxscore.alone import draw_alone
from ml.boxscore.expected import drawn_counts, game_sheet
from ml.boxscore.rotation import MinutesSpread
from ml.boxscore.sample import BoxSample, draw_box_scores
from ml.boxscore.summary import summarise

Ints = npt.NDArray[np.int64]
# Fewer draws than these say too little of a line given that he plays.
_FEWEST_DRAWS = 100
_DRAWS_ALONE = 2000


def game_seed(random_state: int, game_id: str) -> int:
    """Return the seed of a game: its own, and the same on every run."""
    return random_state + crc32(game_id.encode())


def forecast_players(
    expected: pd.DataFrame,
    home_team_id: Mapping[str, int],
    final_scores: Callable[[str], Ints],
    spread: MinutesSpread,
    *,
    random_state: int,
    keep: Callable[[BoxSample], None] | None = None,
) -> pd.DataFrame:
    """Draw every game's box scores and summarise them, one game at a time.

    Parameters
    ----------
    expected : DataFrame, shape (n_rows, ...)
        ``game_id, team_id, player_id, is_candidate`` and the columns of
        `BoxScoreModel.expect`.
    home_team_id : Mapping of str to int
        The side at home, by game.
    final_scores : callable
        Gives draws of a game's final score, shape (n_draws, 2): the team forecast's.
    spread : MinutesSpread
        Residuals of minutes.
    random_state : int
        Seed; each game has its own, from this and its id.
    keep : callable, optional
        Receives every sample, to store it or to measure it.

    Returns
    -------
    DataFrame
        `summarise` of every player of every game, in order of game and player;
        ``play_prob`` is the forecast itself, not its share of the draws.
    """
    tables = []
    for game_id, rows in expected.groupby("game_id", sort=True):
        seed = game_seed(random_state, str(game_id))
        sample = draw_box_scores(
            game_sheet(
                str(game_id), home_team_id[str(game_id)], rows[rows["is_candidate"]]
            ),
            final_scores(str(game_id)),
            spread,
            random_state=seed,
        )
        if keep is not None:
            keep(sample)
        tables.append(_with_the_rare(sample, rows, spread, seed))
    return pd.concat(tables, ignore_index=True)


def _with_the_rare(
    sample: BoxSample, rows: pd.DataFrame, spread: MinutesSpread, seed: int
) -> pd.DataFrame:
    often = sample.player_id[sample.plays.sum(axis=0) >= _FEWEST_DRAWS]
    table = summarise(sample).set_index("player_id")
    parts = [table[table.index.isin(often)]]
    for _, row in rows[~rows["player_id"].isin(often)].iterrows():
        alone = draw_alone(
            game_id=sample.game_id,
            team_id=int(row["team_id"]),
            player_id=int(row["player_id"]),
            minutes=float(row["min"]),
            expected=drawn_counts(row.to_frame().T)[0],
            spread=spread,
            n_draws=_DRAWS_ALONE,
            random_state=seed,
        )
        line = summarise(alone).set_index("player_id")
        # What counts the games he misses as zero stays what the joint sample says.
        for name in line.columns[line.columns.str.endswith("_all")]:
            line[name] = table[name].get(row["player_id"], 0.0)
        parts.append(line)
    prob = rows.set_index("player_id")["play_prob"]
    out = pd.concat(parts).sort_index()
    return out.assign(play_prob=prob.reindex(out.index)).reset_index()
