"""Injuries through a season, and the statuses that reports announce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Floats, Ints

HAZARD = 0.0135  # new injuries per player and day
STATUSES = ("", "Available", "Probable", "Questionable", "Doubtful", "Out")
STATUS = {name: number for number, name in enumerate(STATUSES)}
# Healthy players named in a report all the same: regulars, then the others.
LISTED_RATES = (0.115, 0.03)
N_REGULARS = 10
_LISTED = ("Available", "Probable", "Questionable", "Doubtful")
_LISTED_SHARES = (0.26, 0.175, 0.505, 0.06)
# Share whom the coach can use, by status; a few of them he leaves on the bench.
PLAYS = {
    "": 1.0,
    "Available": 0.97,
    "Probable": 0.94,
    "Questionable": 0.50,
    "Doubtful": 0.02,
    "Out": 0.002,
}
_PARTS = ("Ankle", "Knee", "Hamstring", "Calf", "Groin", "Foot", "Hip", "Shoulder")
_PART_SHARES = (0.25, 0.22, 0.13, 0.11, 0.08, 0.09, 0.07, 0.05)
_SMALL = ("Sprain", "Soreness", "Strain", "Contusion")
_LARGE = ("Surgery", "Fracture", "Ligament Tear", "Injury Recovery")


@dataclass(frozen=True)
class Health:
    """Injured days of a season.

    Attributes
    ----------
    hurt : bool array of shape (n_players, n_days)
    reason : int array of shape (n_players, n_days)
        Code of the running injury, or of the last one (:func:`reason_text`).
    """

    hurt: Ints
    reason: Ints


def draw_health(frailty: Floats, n_days: int, rng: np.random.Generator) -> Health:
    """Draw every injury of a season.

    Parameters
    ----------
    frailty : array of shape (n_players,)
        Multiplies the hazard; mean about one.
    n_days : int
    rng : numpy.random.Generator

    Returns
    -------
    Health
    """
    n_players = len(frailty)
    burn_in = 60
    until = np.zeros(n_players)
    reason = draw_reasons(n_players, np.zeros(n_players), rng)
    hurt = np.zeros((n_players, n_days), dtype=np.int64)
    reasons = np.zeros((n_players, n_days), dtype=np.int64)
    for day in range(-burn_in, n_days):
        new = (until <= day) & (rng.random(n_players) < HAZARD * frailty)
        length = np.exp(rng.normal(1.75, 1.15, n_players))
        until = np.where(new, day + np.minimum(length, 250.0), until)
        reason = np.where(new, draw_reasons(n_players, length, rng), reason)
        if day >= 0:
            hurt[:, day] = until > day
            reasons[:, day] = reason
    return Health(hurt, reasons)


def draw_reasons(n: int, length: Floats, rng: np.random.Generator) -> Ints:
    """Codes of injuries; the long ones are the grave ones.

    Parameters
    ----------
    n : int
    length : array of shape (n,)
        Days.
    rng : numpy.random.Generator

    Returns
    -------
    array of shape (n,)
    """
    part = rng.choice(len(_PARTS), n, p=_PART_SHARES)
    kind = rng.integers(0, 4, n) + 4 * (length > 30)
    ill = (rng.random(n) < 0.10) & (length < 12)
    return np.where(ill, 0, 1 + part * 16 + kind * 2 + rng.integers(0, 2, n))


def reason_text(code: int) -> str:
    """Words of a reason, as reports write them.

    Parameters
    ----------
    code : int

    Returns
    -------
    str
    """
    if code == 0:
        return "Injury/Illness - N/A; Illness"
    part, rest = divmod(code - 1, 16)
    kind, side = divmod(rest, 2)
    words = (_SMALL + _LARGE)[kind]
    return f"Injury/Illness - {('Left', 'Right')[side]} {_PARTS[part]}; {words}"


def draw_statuses(hurt: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Last announced status of players before a game, and whether they can play.

    Parameters
    ----------
    hurt : array of shape (n_rows, n_roster)
        1 where injured; regulars come first.
    rng : numpy.random.Generator

    Returns
    -------
    status, plays : arrays of the shape of `hurt`
        Codes of :data:`STATUSES`; 1 where the player is at the coach's disposal.
    """
    rate = np.where(np.arange(hurt.shape[1]) < N_REGULARS, *LISTED_RATES)
    listed = rng.random(hurt.shape) < rate
    codes = [STATUS[name] for name in _LISTED]
    minor = rng.choice(codes, hurt.shape, p=_LISTED_SHARES)
    status = np.where(listed, minor, 0)
    doubt = np.where(rng.random(hurt.shape) < 0.02, STATUS["Doubtful"], STATUS["Out"])
    status = np.where(hurt == 1, doubt, status)
    share = np.array([PLAYS[name] for name in STATUSES])
    plays = rng.random(hurt.shape) < share[status]
    return status, plays.astype(np.int64)
