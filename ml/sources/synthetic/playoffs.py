"""The playoffs: sixteen teams, four rounds, best of seven."""

from __future__ import annotations

from datetime import date

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.block import Block, take_games
from ml.sources.synthetic.engine import play_games
from ml.sources.synthetic.franchises import FRANCHISES
from ml.sources.synthetic.gameday import Cast, prepare_games
from ml.sources.synthetic.schedule import draw_tipoffs

N_SEEDS = 8
BEST_OF = 7
TO_WIN = 4
HOME_OF_BETTER = np.array([True, True, False, False, True, False, True])
DAYS_BEFORE = 6
DAYS_OF_ROUND = 16


def play_playoffs(
    cast: Cast,
    standing: Floats,
    *,
    year: int,
    first_day: date,
    n_days: int,
    rng: np.random.Generator,
) -> list[Block]:
    """Play all four rounds.

    Parameters
    ----------
    cast : Cast
    standing : array of shape (n_teams,)
        Wins, ties broken by a fraction.
    year : int
        In which the season starts.
    first_day : date
    n_days : int
        Days of the regular season.
    rng : numpy.random.Generator

    Returns
    -------
    list of Block
        One a round.
    """
    conference = np.array([team.conference for team in FRANCHISES])
    field = []
    for part in (0, 1):
        teams = np.flatnonzero(conference == part)
        seeds = teams[np.argsort(-standing[teams], kind="stable")][:N_SEEDS]
        # Bracket order: winners of neighbours meet in the next round.
        field += [int(seeds[seed]) for seed in (0, 7, 3, 4, 1, 6, 2, 5)]
    blocks = []
    for number in range(1, 5):
        pairs = np.array(field).reshape(-1, 2)
        better = np.where(
            standing[pairs[:, 0]] >= standing[pairs[:, 1]], pairs[:, 0], pairs[:, 1]
        )
        worse = pairs.sum(axis=1) - better
        start = n_days + DAYS_BEFORE + (number - 1) * DAYS_OF_ROUND
        block, winners = _play_round(
            cast,
            better,
            worse,
            which=(year, number),
            calendar=(first_day, start),
            rng=rng,
        )
        blocks.append(block)
        field = [int(team) for team in winners]
    return blocks


def _play_round(
    cast: Cast,
    better: Ints,
    worse: Ints,
    *,
    which: tuple[int, int],
    calendar: tuple[date, int],
    rng: np.random.Generator,
) -> tuple[Block, Ints]:
    """Play every possible game of a round, and keep those that were needed."""
    year, number = which
    first_day, start = calendar
    n_series = len(better)
    series = np.repeat(np.arange(n_series), BEST_OF)
    game = np.tile(np.arange(BEST_OF), n_series)
    at_better = HOME_OF_BETTER[game]
    home = np.where(at_better, better[series], worse[series])
    away = np.where(at_better, worse[series], better[series])
    day = start + 2 * game + series % 2
    rest = np.where(game == 0, 4, 2)
    gameday = prepare_games(cast, day, home, away, rest=(rest, rest), rng=rng)
    played = play_games(gameday.slate, rng)
    home_won = played.points[0::2] > played.points[1::2]
    wins = (home_won == at_better).reshape(n_series, BEST_OF)
    ahead, behind = wins.cumsum(axis=1), (~wins).cumsum(axis=1)
    over = np.maximum(ahead, behind) >= TO_WIN
    length = over.argmax(axis=1) + 1
    winners = np.where(ahead[:, -1] >= TO_WIN, better, worse)
    block = Block(
        season_type="Playoffs",
        game_id=[
            f"004{year % 100:02d}00{number}{one}{two + 1}"
            for one, two in zip(series, game, strict=True)
        ],
        day=day,
        home=home,
        away=away,
        tipoff_minute=draw_tipoffs(home, day, first_day, rng),
        rest=(rest, rest),
        gameday=gameday,
        played=played,
        n_played=len(day),
    )
    return take_games(block, np.flatnonzero(game < length[series])), winners
