"""One chance with the ball in many games at once: foul, turnover, shot, rebound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.simulation.court import Court
from ml.simulation.skills import INDEX, RATES, Floats
from ml.simulation.slate import COUNT, Ints
from ml.simulation.substitutions import AT_ONCE, MAX_FOULS

Bools = NDArray[np.bool_]

EASE = 0.00125  # make probability a side loses per point of its lead
MAX_EASE = 25
LAST_SHOT_SECONDS = 27
FOUL_SECONDS = 38
HURRY_SECONDS = 45


def pick(weights: Floats, uniform: Floats) -> Ints:
    """Draw one column a row with probability proportional to `weights`.

    Parameters
    ----------
    weights : array of shape (n, k)
    uniform : array of shape (n,)

    Returns
    -------
    array of shape (n,)
    """
    heights = weights.cumsum(axis=1)
    drawn: Ints = (uniform[:, None] * heights[:, -1:] >= heights).sum(axis=1)
    return np.minimum(drawn, weights.shape[1] - 1)


def play_chance(court: Court, games: Ints, rng: np.random.Generator) -> None:
    """Play one chance in each of `games` and move clock, score and box.

    Parameters
    ----------
    court : Court
        Changed in place.
    games : array of shape (n,)
        Games in progress with time on the clock.
    rng : numpy.random.Generator
    """
    rates = RATES
    n = games.size
    each = np.arange(n)
    side = court.offence[games]
    rows, others = 2 * games + side, 2 * games + 1 - side
    offence, defence = court.skills[rows], court.skills[others]
    on_offence, on_defence = court.court[rows], court.court[others]
    clock, final = court.clock[games], court.period[games] >= 4
    lead = court.lead(games, side)
    draw = rng.random((18, n))

    def count(where: Bools, at: Ints, slots: Ints, stat: str) -> None:
        court.box[at[where], slots[where], COUNT[stat]] += 1

    # Clock: the end of a period, and the tactics of a close end.
    fresh = court.fresh[games]
    length = np.where(fresh, court.slate.play_seconds[games], 7.5)
    length = 2.0 + (length - 2.0) * rng.gamma(4.0, 0.25, n)
    near_end = clock <= LAST_SHOT_SECONDS
    hold = near_end & fresh & (~final | (lead == 0))
    length = np.where(hold, clock - 3.0 * draw[16], length)
    hurry = final & (clock <= HURRY_SECONDS) & (lead < 0)
    length = np.where(hurry, np.minimum(length, 3.0 + 6.0 * draw[16]), length)
    stop = final & (clock <= FOUL_SECONDS) & (clock > 2) & (lead > 0) & (lead < 10)
    stop &= draw[17] < 0.9
    length = np.where(stop, 2.0 + 5.0 * draw[16], length)
    length = np.maximum(np.rint(length), 1).astype(np.int64)
    run_out = final & (clock <= 24) & (lead > 0) & ~stop
    rushed = length >= clock
    nothing = run_out | (rushed & (draw[15] < np.where(clock >= 4, 0.15, 0.6)))
    spent = np.where(run_out, clock, np.minimum(length, clock))
    court.clock[games] = clock - spent

    # Fouls off the shot.
    user = pick(offence[:, :, INDEX["use"]], draw[0])
    shooter = on_offence[each, user]
    skill = offence[each, user]
    pressure = defence[:, :, INDEX["pf"]].sum(axis=1) / 5.0
    fouler = on_defence[each, pick(defence[:, :, INDEX["pf"]], draw[1])]
    common = ~nothing & (stop | (draw[2] < rates.common_foul * pressure))
    open_play = ~nothing & ~common

    # Turnovers.
    lost = open_play & (draw[3] < skill[:, INDEX["tov"]])
    stolen = lost & (draw[4] < rates.steal)
    charged = lost & (draw[4] > 1.0 - rates.offensive_foul)
    thief = on_defence[each, pick(defence[:, :, INDEX["stl"]], draw[5])]
    count(lost, rows, shooter, "tov")
    count(stolen, others, thief, "stl")
    count(charged, rows, shooter, "pf")

    # Shots.
    shot = open_play & ~lost
    need = np.where(lead == -3, 0.85, 0.55) * (hurry & (lead <= -3))
    near = np.minimum(skill[:, INDEX["near"]], np.where(need > 0, 1.0 - need, 1.0))
    rim = np.minimum(skill[:, INDEX["rim"]], near)
    zone = (draw[6] >= rim).astype(np.int64) + (draw[6] >= near)
    worth = np.where(zone == 2, 3, 2)
    lift = (
        offence[:, :, INDEX["gravity"]].sum(axis=1)
        - defence[:, :, INDEX["guard"]].sum(axis=1)
        + court.slate.edges[rows]
        - EASE * np.clip(lead, -MAX_EASE, MAX_EASE)
        - 0.10 * rushed
        - 0.02 * (need > 0)
    )
    make = skill[each, INDEX["make_rim"] + zone] + lift
    fouled = shot & (
        draw[7]
        < np.asarray(rates.shooting_foul)[zone] * skill[:, INDEX["draw"]] * pressure
    )
    made = shot & np.where(fouled, draw[8] < rates.and_one, draw[8] < make)
    attempt = shot & (~fouled | made)
    count(attempt, rows, shooter, "fga")
    count(attempt & (zone == 2), rows, shooter, "fg3a")
    count(made, rows, shooter, "fgm")
    count(made & (zone == 2), rows, shooter, "fg3m")
    passing = offence[:, :, INDEX["ast"]].copy()
    team_passing = passing.sum(axis=1)
    passing[each, user] = 0.0
    helped = np.asarray(rates.assisted)[zone] * (0.5 + 0.5 * team_passing / PASSING)
    passer = on_offence[each, pick(passing, draw[9])]
    count(made & (draw[10] < helped), rows, passer, "ast")
    missed = attempt & ~made
    swats = np.asarray(rates.blocked)[zone]
    swats = swats * defence[:, :, INDEX["blk"]].sum(axis=1) / BLOCKING
    blocker = on_defence[each, pick(defence[:, :, INDEX["blk"]], draw[9])]
    count(missed & (draw[10] < swats), others, blocker, "blk")

    # Free throws.
    count(common | fouled, others, fouler, "pf")
    bonus = common & (court.team_fouls[others] >= 4)
    court.team_fouls[others] += common | fouled
    shots = np.where(fouled, np.where(made, 1, worth), np.where(bonus, 2, 0))
    good = draw[11:14] < skill[:, INDEX["ft"]]
    taken = np.arange(3)[:, None] < shots
    sunk = (good & taken).sum(axis=0)
    court.box[rows, shooter, COUNT["fta"]] += shots
    court.box[rows, shooter, COUNT["ftm"]] += sunk
    short = (shots > 0) & ~good[np.maximum(shots, 1) - 1, each]

    # Rebounds.
    loose = (missed | short) & (court.clock[games] > 0)
    second = rng.random((3, n))
    weight = np.where(short, rates.free_throw_weight, rates.offensive_weight)
    own = weight * offence[:, :, INDEX["oreb"]].sum(axis=1)
    other = defence[:, :, INDEX["dreb"]].sum(axis=1)
    dead = loose & (second[0] < rates.team_rebound)
    ours = second[1] < np.where(dead, rates.team_rebound_kept, own / (own + other))
    grabbed = on_offence[each, pick(offence[:, :, INDEX["oreb"]], second[2])]
    secured = on_defence[each, pick(defence[:, :, INDEX["dreb"]], second[2])]
    count(loose & ~dead & ours, rows, grabbed, "oreb")
    count(loose & ~dead & ~ours, others, secured, "dreb")

    # Score and possession.
    points = made * worth + sunk
    court.points[rows] += points
    court.stint_points[games, side] += points
    again = (loose & ours) | (common & ~bonus)
    ended = ~again | (court.clock[games] <= 0)
    court.stint_possessions[games, side] += ended & ~(nothing & (spent < 4))
    court.offence[games] = np.where(ended, 1 - side, side)
    court.fresh[games] = ended
    for at, slots, foul in (
        (others, fouler, common | fouled),
        (rows, shooter, charged),
    ):
        gone = foul & (court.box[at, slots, COUNT["pf"]] >= MAX_FOULS)
        court.next_change[at[gone]] = AT_ONCE


PASSING = 20.0  # sum of the passing weights of an average five
BLOCKING = 4.0  # and of their blocking weights
