"""Every player's forecast of a day's games, read from their joint samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zlib import crc32

import pandas as pd

from ml.arrays import Bools, Ints
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.sample import BoxSample, draw_box_scores
from ml.boxscore.summary import summarise
from ml.models.player.alone import draw_alone
from ml.models.player.expected import game_input

# Fewer draws than these say too little of a line given that he plays.
_FEWEST_DRAWS = 100
_DRAWS_ALONE = 2000


def game_seed(random_state: int, game_id: str) -> int:
    """Return the seed of a game: its own, and the same on every run."""
    return random_state + crc32(game_id.encode())


@dataclass(frozen=True, eq=False)
class Drawn:
    """The draws behind one game's forecasts.

    Attributes
    ----------
    sample : BoxSample
        The joint sample.
    often : ndarray of bool, shape (n_players,)
        Whose line is read from it.
    alone : BoxSample
        The others' lines, each given that he plays.
    """

    sample: BoxSample
    often: Bools
    alone: BoxSample


def forecast_players(
    expected: pd.DataFrame,
    home_team_id: Mapping[str, int],
    final_scores: Callable[[str], Ints],
    spread: MinutesSpread,
    *,
    random_state: int,
    each: Callable[[Drawn], None] | None = None,
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
    each : callable, optional
        Receives every game's draws, to store them or to measure them.

    Returns
    -------
    DataFrame
        `summarise` of every player of every game, in order of game and player.
        ``play_prob`` is the share of the draws in which he plays, null for who is no
        candidate and so in no draw; P(plays) times mean minutes, summed over a team,
        is its minutes.
    """
    tables = []
    for game_id, rows in expected.groupby("game_id", sort=True):
        drawn = _draw(
            str(game_id),
            home_team_id[str(game_id)],
            rows,
            final_scores(str(game_id)),
            spread,
            random_state=game_seed(random_state, str(game_id)),
        )
        if each is not None:
            each(drawn)
        tables.append(_summary(drawn))
    return pd.concat(tables, ignore_index=True)


def _draw(
    game_id: str,
    home_team_id: int,
    rows: pd.DataFrame,
    points: Ints,
    spread: MinutesSpread,
    *,
    random_state: int,
) -> Drawn:
    sample = draw_box_scores(
        game_input(game_id, home_team_id, rows[rows["is_candidate"]]),
        points,
        spread,
        random_state=random_state,
    )
    often = sample.plays.sum(axis=0) >= _FEWEST_DRAWS
    rare = rows[~rows["player_id"].isin(sample.player_id[often])]
    alone = draw_alone(
        game_id,
        rare,
        spread,
        n_draws=min(_DRAWS_ALONE, len(points)),
        random_state=random_state,
    )
    return Drawn(sample, often, alone)


def _summary(drawn: Drawn) -> pd.DataFrame:
    table = summarise(drawn.sample).set_index("player_id")
    rare = summarise(drawn.alone).set_index("player_id")
    # P(plays), what counts the games he misses as zero, and so the minutes that a team
    # sums to, stay what the joint sample says.
    ends = rare.columns[rare.columns.str.endswith("_all")]
    joint = table.reindex(rare.index)
    rare[ends] = joint[ends].fillna(0.0)
    rare["play_prob"] = joint["play_prob"]
    share = joint["play_prob"].where(joint["play_prob"] > 0.0)
    rare["min_mean"] = (joint["min_mean_all"] / share).fillna(rare["min_mean"])
    return pd.concat([table[drawn.often], rare]).sort_index().reset_index()
