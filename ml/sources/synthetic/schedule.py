"""The calendar: days, rest, road trips, tip-off times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.franchises import FRANCHISES, N_TEAMS
from ml.sources.synthetic.matchups import draw_matchups

# Games a day of the week, Monday first (sum of 2021-22 to 2023-24 a season).
_WEEK = np.array([178.0, 135.0, 238.0, 116.0, 227.0, 161.0, 174.0])
ALL_STAR_SHARE = 0.665
ALL_STAR_DAYS = 6
EARTH_RADIUS_MILES = 3958.8


@dataclass(frozen=True)
class Schedule:
    """Games in order of time.

    Attributes
    ----------
    day : array of shape (n_games,)
        Days since the season's first day.
    home, away : arrays of shape (n_games,)
        Team indices.
    tipoff_minute : array of shape (n_games,)
        Announced start, minutes after midnight, US/Eastern.
    """

    day: Ints
    home: Ints
    away: Ints
    tipoff_minute: Ints


def opening_day(year: int) -> date:
    """Third Tuesday of October.

    Parameters
    ----------
    year : int

    Returns
    -------
    date
    """
    first = date(year, 10, 1)
    return first + timedelta(days=(1 - first.weekday()) % 7 + 14)


def distances() -> Floats:
    """Great-circle distances between the teams' cities.

    Returns
    -------
    array of shape (N_TEAMS, N_TEAMS)
        Miles.
    """
    latitude = np.radians([team.latitude for team in FRANCHISES])
    longitude = np.radians([team.longitude for team in FRANCHISES])
    half = (
        np.sin((latitude[:, None] - latitude) / 2) ** 2
        + np.cos(latitude[:, None])
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    miles: Floats = 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(half))
    return miles


def draw_schedule(
    n_games_per_team: int, first_day: date, rng: np.random.Generator
) -> Schedule:
    """Put a regular season on the calendar.

    Parameters
    ----------
    n_games_per_team : int
    first_day : date
    rng : numpy.random.Generator

    Returns
    -------
    Schedule
        No team plays twice a day or on three days running.
    """
    games = draw_matchups(n_games_per_team, rng)
    quota = _quota(len(games), n_games_per_team, first_day, rng)
    day_of = _assign_days(games, quota, rng)
    tipoff = draw_tipoffs(games[:, 0], day_of, first_day, rng)
    order = np.lexsort((games[:, 0], tipoff, day_of))
    return Schedule(day_of[order], games[order, 0], games[order, 1], tipoff[order])


def _quota(
    n_games: int, n_games_per_team: int, first_day: date, rng: np.random.Generator
) -> Ints:
    """Games wanted on each day of the season."""
    n_days = int(np.ceil(n_games_per_team * 2.06)) + (n_games_per_team > 40) * 6
    weekday = (first_day.weekday() + np.arange(n_days)) % 7
    share = _WEEK[weekday] * rng.gamma(16.0, 1.0 / 16.0, n_days)
    if n_games_per_team > 40:
        start = int(ALL_STAR_SHARE * n_days)
        start += (4 - (first_day.weekday() + start)) % 7 - 1
        share[start : start + ALL_STAR_DAYS] = 0.0
    share[0] = min(share[0], share.sum() / n_games * 2)
    wanted = np.minimum(np.cumsum(share) / share.sum() * n_games, n_games)
    return np.asarray(np.diff(np.rint(wanted), prepend=0), dtype=np.int64)


def _assign_days(games: Ints, quota: Ints, rng: np.random.Generator) -> Ints:
    """Choose games day by day: those behind, rested, and near come first."""
    miles = distances()
    day_of = np.full(len(games), -1, dtype=np.int64)
    left = np.bincount(games.ravel(), minlength=N_TEAMS).astype(float)
    last = np.full(N_TEAMS, -9)
    before = np.full(N_TEAMS, -9)
    place = np.arange(N_TEAMS)
    home, away = games[:, 0], games[:, 1]
    day = 0
    due = quota.cumsum()
    while (day_of < 0).any():
        wanted = int(due[min(day, len(due) - 1)] - (day_of >= 0).sum())
        if day < len(quota) and quota[day] == 0:
            wanted = 0
        free = ~((last == day - 1) & (before == day - 2))
        for _ in range(min(wanted, N_TEAMS // 2)):
            worth = left + 1.6 * np.minimum(day - last, 4) - 0.7 * (last == day - 1)
            trip = miles[place[away], home] + miles[place[home], home]
            score = worth[home] + worth[away] - 0.0011 * trip
            score = score + rng.normal(0.0, 2.2, len(games))
            open_game = (day_of < 0) & free[home] & free[away]
            if not open_game.any():
                break
            game = int(np.where(open_game, score, -np.inf).argmax())
            day_of[game] = day
            for team in games[game]:
                before[team], last[team] = last[team], day
                left[team] -= 1
                free[team] = False
                place[team] = home[game]
        day += 1
    return day_of


def draw_tipoffs(
    home: Ints, day: Ints, first_day: date, rng: np.random.Generator
) -> Ints:
    """Announced start times, evening in the home city or a weekend afternoon.

    Parameters
    ----------
    home, day : arrays of shape (n_games,)
    first_day : date
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (n_games,)
        Minutes after midnight, US/Eastern.
    """
    shift = np.array([team.hours_from_eastern for team in FRANCHISES])[home]
    local = rng.choice([1140, 1170, 1200], home.size, p=[0.62, 0.26, 0.12])
    eastern = np.minimum(local - 60 * shift, 1350)
    weekday = (first_day.weekday() + day) % 7
    early = rng.random(home.size) < np.where(
        weekday == 6, 0.42, np.where(weekday == 5, 0.2, 0.01)
    )
    matinee = rng.choice([780, 900, 930, 1080], home.size, p=[0.25, 0.15, 0.3, 0.3])
    return np.where(early, matinee, eastern).astype(np.int64)


def rest_days(home: Ints, away: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Days since each side's last game.

    Parameters
    ----------
    home, away, day : arrays of shape (n_games,)
        Ordered by day.

    Returns
    -------
    home_rest, away_rest : arrays of shape (n_games,)
        1 is a back-to-back; 9 before a team's first game.
    """
    last = np.full(N_TEAMS, -9)
    rest = np.empty((2, len(day)), dtype=np.int64)
    for game, today in enumerate(day):
        for side, team in enumerate((home[game], away[game])):
            rest[side, game] = min(today - last[team], 9)
            last[team] = today
    return rest[0], rest[1]
