"""One season: its calendar, its games, its playoffs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ml.arrays import Floats, Ints
from ml.ingest.contract import season_of_year
from ml.sources.synthetic.block import Block
from ml.sources.synthetic.engine import play_games
from ml.sources.synthetic.gameday import Cast, make_cast, prepare_games
from ml.sources.synthetic.health import draw_health
from ml.sources.synthetic.players import Players
from ml.sources.synthetic.playoffs import play_playoffs
from ml.sources.synthetic.rosters import apply_trades, draw_trades
from ml.sources.synthetic.schedule import (
    Schedule,
    draw_schedule,
    opening_day,
    rest_days,
)

TRADE_OPENS = 0.32  # of the regular season's days
TRADE_CLOSES = 0.60
STOP_SHARE = 0.63  # where an unfinished season stops
STOP_GAMES = 6  # games of the evening it stops on, at least
EVENING_MINUTE = 18 * 60  # when the last injury report of the day is out
PLAYOFF_DAYS = 80


@dataclass(frozen=True)
class Season:
    """A season as it was.

    Attributes
    ----------
    label : str
        ``2023-24``.
    first_day : date
    cast : Cast
    blocks : list of Block
        Regular season, then playoffs if they were played.
    strength : array of shape (n_teams,)
        Mean margin of the regular season.
    final_rosters : array of shape (n_teams, n_roster)
        After all trades.
    """

    label: str
    first_day: date
    cast: Cast
    blocks: list[Block]
    strength: Floats
    final_rosters: Ints


def play_season(
    players: Players,
    rosters: Ints,
    year: int,
    *,
    n_games_per_team: int,
    scheduled_days: int,
    complete: bool,
    rng: np.random.Generator,
) -> Season:
    """Play a season.

    Parameters
    ----------
    players : Players
    rosters : array of shape (n_teams, n_roster)
    year : int
        In which the season starts.
    n_games_per_team : int
    scheduled_days : int
        Days of games left unplayed, of a season that is not complete.
    complete : bool
        Whether the season is played to its last final.
    rng : numpy.random.Generator

    Returns
    -------
    Season
    """
    first_day = opening_day(year)
    start = year + 0.8
    schedule = draw_schedule(n_games_per_team, first_day, rng)
    n_days = int(schedule.day[-1]) + 1
    health = draw_health(players.frailty, n_days + PLAYOFF_DAYS, rng)
    window = (int(TRADE_OPENS * n_days), int(TRADE_CLOSES * n_days))
    value = np.sum(players.talent(start), axis=0)
    trades = draw_trades(rosters, value, window, rng)
    cast = make_cast(rosters, trades, players, year=start, health=health, rng=rng)
    rest = rest_days(schedule.home, schedule.away, schedule.day)
    n_games = n_played = len(schedule.day)
    if not complete:
        n_played, n_games = stop_games(schedule, n_days, scheduled_days)
    keep = slice(n_games)
    gameday = prepare_games(
        cast,
        schedule.day[keep],
        schedule.home[keep],
        schedule.away[keep],
        rest=(rest[0][keep], rest[1][keep]),
        rng=rng,
    )
    played = play_games(gameday.slate.take(np.arange(n_played)), rng)
    regular = Block(
        season_type="Regular Season",
        game_id=[f"002{year % 100:02d}{game + 1:05d}" for game in range(n_games)],
        day=schedule.day[keep],
        home=schedule.home[keep],
        away=schedule.away[keep],
        tipoff_minute=schedule.tipoff_minute[keep],
        rest=(rest[0][keep], rest[1][keep]),
        gameday=gameday,
        played=played,
        n_played=n_played,
    )
    margin = (played.points[0::2] - played.points[1::2]).astype(float)
    sums = np.zeros(len(rosters))
    np.add.at(sums, regular.home[:n_played], margin)
    np.add.at(sums, regular.away[:n_played], -margin)
    strength = sums / (2.0 * n_played / len(rosters))
    blocks = [regular]
    if complete:
        wins = np.bincount(
            np.where(margin > 0, regular.home, regular.away), minlength=len(rosters)
        )
        standing = wins + 0.001 * strength
        blocks += play_playoffs(
            cast, standing, year=year, first_day=first_day, n_days=n_days, rng=rng
        )
    return Season(
        label=season_of_year(year),
        first_day=first_day,
        cast=cast,
        blocks=blocks,
        strength=strength,
        final_rosters=apply_trades(rosters, trades),
    )


def stop_games(schedule: Schedule, n_days: int, scheduled_days: int) -> tuple[int, int]:
    """Find where an unfinished season stops: before an evening of many games.

    Parameters
    ----------
    schedule : Schedule
    n_days : int
        Of the whole season.
    scheduled_days : int

    Returns
    -------
    n_played, n_games : int
        Games before the stop, and with those of the scheduled days.
    """
    day = schedule.day
    evening = schedule.tipoff_minute > EVENING_MINUTE
    counts = np.bincount(day, minlength=n_days)
    counts *= np.bincount(day, ~evening, minlength=n_days) == 0
    late = np.arange(n_days) >= int(STOP_SHARE * n_days)
    full = np.flatnonzero(late & (counts >= STOP_GAMES))
    tonight = int(full[0]) if full.size else int(np.where(late, counts, 0).argmax())
    coming = np.unique(day[day >= tonight])[:scheduled_days]
    n_played = int((day < tonight).sum())
    return n_played, n_played + int(np.isin(day, coming).sum())
