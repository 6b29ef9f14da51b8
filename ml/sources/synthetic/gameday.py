"""From rosters and a calendar to games that can be played: who, how long, how well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints
from ml.sources.synthetic.franchises import FRANCHISES, N_TEAMS
from ml.sources.synthetic.health import STATUS, Health, draw_statuses
from ml.sources.synthetic.players import Players
from ml.sources.synthetic.rosters import (
    FIRST_TWO_WAY,
    N_ROSTER,
    SLOT_POSITIONS,
    Trade,
    apply_trades,
)
from ml.sources.synthetic.rotation import TASTE, plan_rotations
from ml.sources.synthetic.skills import INDEX, impact
from ml.sources.synthetic.slate import Slate

HOME_EDGE = 0.0073
ALTITUDE_EDGE = 0.003
BACK_TO_BACK_EDGE = -0.008
REST_EDGE = 0.0015
USE_NOISE = 0.20  # of the logarithm of a player's share of chances, game by game
PLAY_SECONDS = 13.45
TEMPO_SPREAD = 0.25
GAME_TEMPO_SPREAD = 0.15
TWO_WAY_DRESSED = 0.3
FEWEST = 9
SCORER_BONUS = 0.7  # in a coach's opinion, for a standard deviation of usage


@dataclass(frozen=True)
class Cast:
    """Everything about a season that games are made from.

    Attributes
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
        Before any trade.
    trades : list of Trade
    skills : array of shape (n_players, n_skills)
    opinion : array of shape (n_players,)
        What coaches think of a player (standard deviations).
    health : Health
    tempo : array of shape (N_TEAMS,)
        Added to the mean length of possessions (seconds).
    paces : array of shape (n_players,)
        Possessions of a side per 48 minutes that a game goes faster with a player.
    """

    rosters: Ints
    trades: list[Trade]
    skills: Floats
    opinion: Floats
    health: Health
    tempo: Floats
    paces: Floats


@dataclass(frozen=True)
class Gameday:
    """Games ready to be played; rows as in :class:`~ml.sources.synthetic.slate.Slate`.

    Attributes
    ----------
    roster : array of shape (n_rows, N_ROSTER)
        Player indices of everybody under contract.
    status, reason : arrays of shape (n_rows, N_ROSTER)
        Last announced status and the reason's code; reason -1 is the G League.
    players : array of shape (n_rows, N_SLOTS)
        Player indices by slot; -1 where nobody dresses.
    slate : Slate
    """

    roster: Ints
    status: Ints
    reason: Ints
    players: Ints
    slate: Slate


def make_cast(
    rosters: Ints,
    trades: list[Trade],
    players: Players,
    *,
    year: float,
    health: Health,
    rng: np.random.Generator,
) -> Cast:
    """Gather a season's cast.

    Parameters
    ----------
    rosters : array of shape (N_TEAMS, N_ROSTER)
    trades : list of Trade
    players : Players
    year : float
        Calendar time of the season's start.
    health : Health
    rng : numpy.random.Generator

    Returns
    -------
    Cast
    """
    skills = players.skills(year)
    worth = np.sum(impact(skills, players.active), axis=0)
    some = worth[players.active]
    opinion = (worth - some.mean()) / some.std()
    use = np.log(skills[:, INDEX["use"]])
    opinion = opinion + SCORER_BONUS * (use - use.mean()) / use.std()
    opinion = opinion + rng.normal(0.0, TASTE, len(opinion))
    tempo = rng.normal(0.0, TEMPO_SPREAD, N_TEAMS)
    return Cast(rosters, trades, skills, opinion, health, tempo, players.pace)


def rosters_by_row(cast: Cast, day: Ints, team: Ints) -> Ints:
    """Rosters of team games, trades included.

    Parameters
    ----------
    cast : Cast
    day, team : arrays of shape (n_rows,)

    Returns
    -------
    array of shape (n_rows, N_ROSTER)
    """
    changes = sorted({trade.day for trade in cast.trades})
    epoch = np.searchsorted(np.array(changes, dtype=np.int64), day, side="right")
    by_epoch = [cast.rosters]
    for change in changes:
        now = [trade for trade in cast.trades if trade.day == change]
        by_epoch.append(apply_trades(by_epoch[-1], now))
    rosters: Ints = np.stack(by_epoch)[epoch, team]
    return rosters


def prepare_games(
    cast: Cast,
    day: Ints,
    home: Ints,
    away: Ints,
    *,
    rest: tuple[Ints, Ints],
    rng: np.random.Generator,
) -> Gameday:
    """Draw statuses and plans of games.

    Parameters
    ----------
    cast : Cast
    day, home, away : arrays of shape (n_games,)
    rest : tuple of two arrays of shape (n_games,)
        Days since each side's last game.
    rng : numpy.random.Generator

    Returns
    -------
    Gameday
    """
    team = np.stack([home, away], axis=1).ravel()
    days = np.repeat(day, 2)
    roster = rosters_by_row(cast, days, team)
    hurt = cast.health.hurt[roster, days[:, None]]
    reason = cast.health.reason[roster, days[:, None]]
    status, plays = draw_statuses(hurt, rng)
    _send_down(status, reason, plays, hurt, rng)
    plan = plan_rotations(cast.opinion[roster], plays, rng)
    chosen = np.take_along_axis(roster, plan.slots, axis=1)
    skills = cast.skills[chosen]
    skills[:, :, 0] *= np.exp(rng.normal(0.0, USE_NOISE, chosen.shape))
    seconds = (
        PLAY_SECONDS
        + (cast.tempo[home] + cast.tempo[away]) / 2.0
        + rng.normal(0.0, GAME_TEMPO_SPREAD, len(day))
    )
    slate = Slate(
        skills=skills,
        positions=SLOT_POSITIONS[plan.slots].astype(float),
        targets=plan.minutes,
        edges=_edges(home, rest),
        play_seconds=seconds,
        paces=cast.paces[chosen],
    )
    return Gameday(
        roster=roster,
        status=status,
        reason=reason,
        players=np.where(plan.minutes > 0, chosen, -1),
        slate=slate,
    )


def _send_down(
    status: Ints, reason: Ints, plays: Ints, hurt: Ints, rng: np.random.Generator
) -> None:
    """Keep two-way players in the G League unless they dress; changes in place."""
    short = plays[:, :FIRST_TWO_WAY].sum(axis=1) < FEWEST
    for slot in range(FIRST_TWO_WAY, N_ROSTER):
        well = hurt[:, slot] == 0
        dressed = short | (rng.random(len(plays)) < TWO_WAY_DRESSED)
        down = well & ~dressed
        plays[:, slot] = np.where(well, dressed, 0)
        status[:, slot] = np.where(well, 0, status[:, slot])
        status[down, slot] = STATUS["Out"]
        reason[down, slot] = -1


def _edges(home: Ints, rest: tuple[Ints, Ints]) -> Floats:
    """Home court, altitude and rest, as shifts of make probabilities."""
    high = np.array([team.abbreviation in {"DEN", "UTA"} for team in FRANCHISES])
    edges = np.empty((len(home), 2))
    for side, days in enumerate(rest):
        tired = BACK_TO_BACK_EDGE * (days == 1) + REST_EDGE * (days >= 3)
        edges[:, side] = tired + HOME_EDGE * (1 - 2 * side)
    edges[:, 0] += ALTITUDE_EDGE * high[home]
    return edges.ravel()
