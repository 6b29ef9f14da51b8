"""What a chance with the ball looks like before it is played, in many games at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.sources.synthetic.court import Court
from ml.sources.synthetic.skills import INDEX
from ml.sources.synthetic.slate import COUNT

LAST_SHOT_SECONDS = 27
FOUL_SECONDS = 25
HURRY_SECONDS = 45
LAST_BALL_SECONDS = 24


@dataclass(frozen=True)
class Scene:
    """The moment before a chance; arrays have one entry a game in progress.

    Attributes
    ----------
    games, side : array of int
        Game of the slate; 0 where the home side has the ball.
    rows, others : array of int
        Rows of offence and defence.
    offence, defence : array of shape (n, 5, n_skills)
    on_offence, on_defence : array of shape (n, 5)
        Slots on court.
    clock, lead : array of int
        Seconds left in the period; points by which the offence leads.
    final, fresh : array of bool
        Last period or overtime; a new possession.
    """

    games: Ints
    side: Ints
    rows: Ints
    others: Ints
    offence: Floats
    defence: Floats
    on_offence: Ints
    on_defence: Ints
    clock: Ints
    lead: Ints
    final: Bools
    fresh: Bools

    def team(self, skill: str, *, defending: bool = False) -> Floats:
        """Sum of a skill over the five who attack, or who defend."""
        five = self.defence if defending else self.offence
        total: Floats = five[:, :, INDEX[skill]].sum(axis=1)
        return total


@dataclass(frozen=True)
class Tactics:
    """How the clock shapes a chance; arrays have one entry a game.

    Attributes
    ----------
    spent : array of int
        Seconds the chance takes.
    nothing : array of bool
        The period runs out without a shot.
    stop : array of bool
        The defence fouls on purpose.
    hurry, hold, rushed : array of bool
        The offence is behind and in a hurry; plays for the last shot; shoots at the
        buzzer.
    """

    spent: Ints
    nothing: Bools
    stop: Bools
    hurry: Bools
    hold: Bools
    rushed: Bools


def look(court: Court, games: Ints) -> Scene:
    """Read the scene of each of `games` from the court."""
    side = court.offence[games]
    rows, others = 2 * games + side, 2 * games + 1 - side
    return Scene(
        games=games,
        side=side,
        rows=rows,
        others=others,
        offence=court.skills[rows],
        defence=court.skills[others],
        on_offence=court.court[rows],
        on_defence=court.court[others],
        clock=court.clock[games],
        lead=court.lead(games, side),
        final=court.period[games] >= 4,
        fresh=court.fresh[games],
    )


def choose_tactics(
    scene: Scene, play_seconds: Floats, rng: np.random.Generator
) -> Tactics:
    """Decide how long a chance takes, and what the end of a close game asks for.

    Parameters
    ----------
    scene : Scene
    play_seconds : array of shape (n,)
        Mean length of a fresh possession.
    rng : numpy.random.Generator

    Returns
    -------
    Tactics
    """
    clock, lead, final = scene.clock, scene.lead, scene.final
    n = clock.size
    pace, will, luck = rng.random((3, n))
    length = np.where(scene.fresh, play_seconds, 7.5)
    length = 2.0 + (length - 2.0) * rng.gamma(4.0, 0.25, n)
    hold = (clock <= LAST_SHOT_SECONDS) & scene.fresh & (~final | (lead == 0))
    length = np.where(hold, clock - 3.0 * pace, length)
    hurry = final & (clock <= HURRY_SECONDS) & (lead < 0)
    length = np.where(hurry, np.minimum(length, 3.0 + 6.0 * pace), length)
    stop = final & (clock <= FOUL_SECONDS) & (clock > 2) & (lead > 0) & (lead < 12)
    stop &= will < np.where(lead <= 3, 0.78, 0.85 - 0.07 * lead)
    length = np.where(stop, 2.0 + 5.0 * pace, length)
    whole = np.maximum(np.rint(length), 1).astype(np.int64)
    run_out = final & (clock <= LAST_BALL_SECONDS) & (lead > 0) & ~stop
    rushed = whole >= clock
    return Tactics(
        spent=np.where(run_out, clock, np.minimum(whole, clock)),
        nothing=run_out | (rushed & (luck < np.where(clock >= 4, 0.15, 0.6))),
        stop=stop,
        hurry=hurry,
        hold=hold,
        rushed=rushed,
    )


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
    drawn = (uniform[:, None] * heights[:, -1:] >= heights).sum(axis=1)
    return np.asarray(np.minimum(drawn, weights.shape[1] - 1), dtype=np.int64)


def tally(court: Court, where: Bools, rows: Ints, slots: Ints, stat: str) -> None:
    """Add one to a statistic of the slot of each row where `where` is true."""
    court.box[rows[where], slots[where], COUNT[stat]] += 1
