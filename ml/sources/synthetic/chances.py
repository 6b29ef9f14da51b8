"""One chance with the ball in many games at once: foul, turnover, shot, rebound."""

from __future__ import annotations

import numpy as np

from ml.arrays import Bools, Ints
from ml.sources.synthetic.court import Court
from ml.sources.synthetic.scene import Scene, choose_tactics, look, pick, tally
from ml.sources.synthetic.shots import shoot
from ml.sources.synthetic.skills import INDEX, RATES
from ml.sources.synthetic.slate import COUNT
from ml.sources.synthetic.substitutions import AT_ONCE, MAX_FOULS

FOULS_BEFORE_BONUS = 4


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
    scene = look(court, games)
    tactics = choose_tactics(scene, court.play_seconds(games), rng)
    court.clock[games] = scene.clock - tactics.spent
    each = np.arange(games.size)
    ball, whistle, foul_luck = rng.random((3, games.size))
    user = pick(scene.offence[:, :, INDEX["use"]], ball)
    shooter = scene.on_offence[each, user]
    roughness = scene.defence[:, :, INDEX["pf"]]
    fouler = scene.on_defence[each, pick(roughness, whistle)]
    foul_rate = RATES.common_foul * roughness.sum(axis=1) / 5.0
    common = ~tactics.nothing & (tactics.stop | (foul_luck < foul_rate))
    lost, charged = _turn_over(court, scene, user, ~tactics.nothing & ~common, rng)
    shot = ~tactics.nothing & ~common & ~lost
    shots = shoot(court, scene, tactics, user=user, shot=shot, rng=rng)

    fouled = common | shots.fouled
    bonus = common & (court.team_fouls[scene.others] >= FOULS_BEFORE_BONUS)
    court.team_fouls[scene.others] += fouled
    tally(court, fouled, scene.others, fouler, "pf")
    n_free = np.where(
        shots.fouled, np.where(shots.made, 1, shots.worth), np.where(bonus, 2, 0)
    )
    sunk, short = _shoot_free(court, scene, user, n_free, rng)
    kept = _rebound(court, scene, shots.missed, short, rng)

    points = shots.made * shots.worth + sunk
    court.points[scene.rows] += points
    court.stint_points[games, scene.side] += points
    ended = ~(kept | (common & ~bonus)) | (court.clock[games] <= 0)
    counted = ended & ~(tactics.nothing & (tactics.spent < 4))
    court.stint_possessions[games, scene.side] += counted
    court.offence[games] = np.where(ended, 1 - scene.side, scene.side)
    court.fresh[games] = ended
    for rows, slots, foul in (
        (scene.others, fouler, fouled),
        (scene.rows, shooter, charged),
    ):
        out = foul & (court.box[rows, slots, COUNT["pf"]] >= MAX_FOULS)
        court.next_change[rows[out]] = AT_ONCE


def _turn_over(
    court: Court, scene: Scene, user: Ints, where: Bools, rng: np.random.Generator
) -> tuple[Bools, Bools]:
    """Lose the ball in some games; returns where, and where by an offensive foul."""
    each = np.arange(user.size)
    luck, how, who = rng.random((3, user.size))
    holder = scene.on_offence[each, user]
    lost = where & (luck < scene.offence[each, user, INDEX["tov"]])
    charged = lost & (how > 1.0 - RATES.offensive_foul)
    thief = scene.on_defence[each, pick(scene.defence[:, :, INDEX["stl"]], who)]
    tally(court, lost, scene.rows, holder, "tov")
    tally(court, lost & (how < RATES.steal), scene.others, thief, "stl")
    tally(court, charged, scene.rows, holder, "pf")
    return lost, charged


def _shoot_free(
    court: Court, scene: Scene, user: Ints, n_free: Ints, rng: np.random.Generator
) -> tuple[Ints, Bools]:
    """Shoot free throws; returns the points, and where the last one missed."""
    each = np.arange(user.size)
    shooter = scene.on_offence[each, user]
    good = rng.random((3, user.size)) < scene.offence[each, user, INDEX["ft"]]
    sunk = (good & (np.arange(3)[:, None] < n_free)).sum(axis=0)
    court.box[scene.rows, shooter, COUNT["fta"]] += n_free
    court.box[scene.rows, shooter, COUNT["ftm"]] += sunk
    short: Bools = (n_free > 0) & ~good[np.maximum(n_free, 1) - 1, each]
    return sunk, short


def _rebound(
    court: Court, scene: Scene, missed: Bools, short: Bools, rng: np.random.Generator
) -> Bools:
    """Rebound misses while there is time; returns where the offence keeps the ball."""
    each = np.arange(missed.size)
    bounce, side, who = rng.random((3, missed.size))
    loose = (missed | short) & (court.clock[scene.games] > 0)
    weight = np.where(short, RATES.free_throw_weight, RATES.offensive_weight)
    own = weight * scene.team("oreb")
    share = own / (own + scene.team("dreb", defending=True))
    dead = bounce < RATES.team_rebound
    ours: Bools = loose & (side < np.where(dead, RATES.team_rebound_kept, share))
    grabber = scene.on_offence[each, pick(scene.offence[:, :, INDEX["oreb"]], who)]
    holder = scene.on_defence[each, pick(scene.defence[:, :, INDEX["dreb"]], who)]
    tally(court, ours & ~dead, scene.rows, grabber, "oreb")
    tally(court, loose & ~ours & ~dead, scene.others, holder, "dreb")
    return ours
