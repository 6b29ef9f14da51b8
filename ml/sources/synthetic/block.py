"""A run of games with its people and results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Ints
from ml.sources.synthetic.gameday import Gameday
from ml.sources.synthetic.slate import Played, Stints


@dataclass(frozen=True)
class Block:
    """Games of one season type, in order; the first `n_played` are played.

    Attributes
    ----------
    season_type : str
    game_id : list of str
    day, home, away, tipoff_minute : arrays of shape (n_games,)
    rest : tuple of two arrays of shape (n_games,)
        Days since each side's last game.
    gameday : Gameday
    played : Played
        Of the first `n_played` games.
    n_played : int
    """

    season_type: str
    game_id: list[str]
    day: Ints
    home: Ints
    away: Ints
    tipoff_minute: Ints
    rest: tuple[Ints, Ints]
    gameday: Gameday
    played: Played
    n_played: int


def take_games(block: Block, games: Ints) -> Block:
    """Keep some games of a block that was played to its end.

    Parameters
    ----------
    block : Block
    games : array of shape (n,)
        Indices of games, increasing.

    Returns
    -------
    Block
    """
    rows = np.stack([2 * games, 2 * games + 1], axis=1).ravel()
    old, played, stints = block.gameday, block.played, block.played.stints
    kept = np.flatnonzero(np.isin(stints.game, games))
    return Block(
        season_type=block.season_type,
        game_id=[block.game_id[game] for game in games],
        day=block.day[games],
        home=block.home[games],
        away=block.away[games],
        tipoff_minute=block.tipoff_minute[games],
        rest=(block.rest[0][games], block.rest[1][games]),
        gameday=Gameday(
            old.roster[rows],
            old.status[rows],
            old.reason[rows],
            old.players[rows],
            old.slate.take(games),
        ),
        played=Played(
            played.box[rows],
            played.seconds[rows],
            played.plus_minus[rows],
            played.points[rows],
            played.periods[games],
            Stints(
                np.searchsorted(games, stints.game[kept]),
                stints.period[kept],
                stints.start[kept],
                stints.end[kept],
                stints.court[kept],
                stints.points[kept],
                stints.possessions[kept],
            ),
        ),
        n_played=len(games),
    )
