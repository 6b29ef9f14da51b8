"""Shots: from where, fouled or not, made or not, and who else is credited."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.sources.synthetic.court import Court
from ml.sources.synthetic.scene import LAST_BALL_SECONDS, Scene, Tactics, pick, tally
from ml.sources.synthetic.skills import INDEX, RATES

EASE = 0.0014  # make probability a side loses per point of its lead
MAX_EASE = 25
BUZZER = -0.10  # added to make probabilities of shots at the buzzer,
FORCED_THREE = -0.02  # of threes that everybody expects,
LAST_SHOT = -0.24  # of the last shot of a tied game,
DESPERATE = 0.18  # and of a side one basket behind that chooses its best look
PASSING = 20.0  # sum of the passing weights of an average five
BLOCKING = 4.0  # and of their blocking weights


@dataclass(frozen=True)
class Shots:
    """Outcome of shots; arrays have one entry a game.

    Attributes
    ----------
    worth : array of int
        2 or 3.
    fouled, made, missed : array of bool
        A fouled shot counts as missed only if it was an attempt, which it is not.
    """

    worth: Ints
    fouled: Bools
    made: Bools
    missed: Bools


def shoot(
    court: Court,
    scene: Scene,
    tactics: Tactics,
    *,
    user: Ints,
    shot: Bools,
    rng: np.random.Generator,
) -> Shots:
    """Take a shot in each game where `shot` is true, and credit everybody.

    Parameters
    ----------
    court : Court
        Its box is changed in place.
    scene : Scene
    tactics : Tactics
    user : array of shape (n,)
        Which of the five has the ball.
    shot : array of bool, shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    Shots
    """
    each = np.arange(user.size)
    skill = scene.offence[each, user]
    shooter = scene.on_offence[each, user]
    where, contact, luck = rng.random((3, user.size))
    zone, forced = _choose_zone(scene, tactics, skill, where)
    make = skill[each, INDEX["make_rim"] + zone] + _lift(court, scene, tactics, forced)
    risk = np.asarray(RATES.shooting_foul)[zone] * skill[:, INDEX["draw"]]
    fouled = shot & (contact < risk * scene.team("pf", defending=True) / 5.0)
    made = shot & (luck < np.where(fouled, RATES.and_one, make))
    attempt = shot & (~fouled | made)
    three = zone == 2
    tally(court, attempt, scene.rows, shooter, "fga")
    tally(court, attempt & three, scene.rows, shooter, "fg3a")
    tally(court, made, scene.rows, shooter, "fgm")
    tally(court, made & three, scene.rows, shooter, "fg3m")
    missed = attempt & ~made
    _credit(court, scene, user=user, zone=zone, outcome=(made, missed), rng=rng)
    return Shots(np.where(three, 3, 2), fouled, made, missed)


def _choose_zone(
    scene: Scene, tactics: Tactics, skill: Floats, where: Floats
) -> tuple[Ints, Bools]:
    """Zone of each shot (0 rim, 1 mid-range, 2 three), and whether it was forced."""
    behind = tactics.hurry & (scene.lead <= -3)
    wanted = np.where(scene.lead == -3, 0.92, 0.55) * behind
    near = np.minimum(skill[:, INDEX["near"]], np.where(behind, 1.0 - wanted, 1.0))
    two_down = tactics.hurry & (scene.lead == -2) & (scene.clock <= LAST_BALL_SECONDS)
    near = np.where(two_down, np.maximum(near, 0.8), near)
    rim = np.minimum(skill[:, INDEX["rim"]], near)
    return (where >= rim).astype(np.int64) + (where >= near), behind


def _lift(court: Court, scene: Scene, tactics: Tactics, forced: Bools) -> Floats:
    """Sum what team mates, opponents and the moment add to a make probability."""
    last_ball = tactics.hurry & (scene.lead >= -3) & (scene.clock <= LAST_BALL_SECONDS)
    lift: Floats = (
        scene.team("gravity")
        - scene.team("guard", defending=True)
        + court.slate.edges[scene.rows]
        - EASE * np.clip(scene.lead, -MAX_EASE, MAX_EASE)
        + BUZZER * tactics.rushed
        + FORCED_THREE * forced
        + DESPERATE * last_ball
        + LAST_SHOT * (tactics.hold & scene.final)
    )
    return lift


def _credit(
    court: Court,
    scene: Scene,
    *,
    user: Ints,
    zone: Ints,
    outcome: tuple[Bools, Bools],
    rng: np.random.Generator,
) -> None:
    """Credit assists on made shots and blocks on missed ones."""
    made, missed = outcome
    each = np.arange(user.size)
    credit, who = rng.random((2, user.size))
    passing = scene.offence[:, :, INDEX["ast"]].copy()
    helped = np.asarray(RATES.assisted)[zone] * (
        0.5 + 0.5 * passing.sum(axis=1) / PASSING
    )
    passing[each, user] = 0.0
    passer = scene.on_offence[each, pick(passing, who)]
    tally(court, made & (credit < helped), scene.rows, passer, "ast")
    height = scene.defence[:, :, INDEX["blk"]]
    swatted = np.asarray(RATES.blocked)[zone] * height.sum(axis=1) / BLOCKING
    blocker = scene.on_defence[each, pick(height, who)]
    tally(court, missed & (credit < swatted), scene.others, blocker, "blk")
