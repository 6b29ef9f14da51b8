"""Latent skills of a player, and what a group of players is worth by them.

The same rates drive the possession engine (:mod:`ml.sources.synthetic.chances`) and the
closed form below, so the truth tables follow from the model, not from its draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats

SKILLS = (
    "use",  # weight with which the player ends his team's chances
    "tov",  # turnovers per chance used
    "rim",  # share of shots at the rim
    "near",  # share of shots at the rim or from mid-range
    "make_rim",
    "make_mid",
    "make_three",
    "ft",
    "draw",  # multiplies the chance of being fouled on a shot
    "ast",
    "oreb",
    "dreb",
    "stl",
    "blk",
    "pf",
    "gravity",  # added to every make probability of his team while he plays
    "guard",  # taken from every make probability of the opponents
)
INDEX = {name: column for column, name in enumerate(SKILLS)}


@dataclass(frozen=True)
class Rates:
    """Rates of the game itself, the same for everybody.

    Attributes
    ----------
    shooting_foul : tuple of float
        Chance of a foul on a shot at the rim, from mid-range, from three.
    and_one : float
        Share of fouled shots that go in.
    common_foul : float
        Chance of a non-shooting foul per chance.
    bonus_share : float
        Share of common foul chances that meet a team in the bonus, on average.
    steal, offensive_foul : float
        Shares of turnovers.
    blocked : tuple of float
        Share of missed shots that were blocked, by zone.
    assisted : tuple of float
        Share of made shots that were assisted, by zone.
    team_rebound : float
        Share of misses that nobody rebounds.
    team_rebound_kept : float
        Share of those that stay with the offence.
    offensive_weight, free_throw_weight : float
        Multiply the offence's rebounding weights after a shot, after a free throw.
    """

    shooting_foul: tuple[float, float, float] = (0.219, 0.067, 0.016)
    and_one: float = 0.25
    common_foul: float = 0.0565
    bonus_share: float = 0.20
    steal: float = 0.57
    offensive_foul: float = 0.12
    blocked: tuple[float, float, float] = (0.248, 0.093, 0.011)
    assisted: tuple[float, float, float] = (0.545, 0.435, 0.80)
    team_rebound: float = 0.115
    team_rebound_kept: float = 0.45
    offensive_weight: float = 0.97
    free_throw_weight: float = 0.42


RATES = Rates()


def zone_shares(skills: Floats) -> Floats:
    """Split shots by zone.

    Parameters
    ----------
    skills : array of shape (..., n_skills)

    Returns
    -------
    array of shape (..., 3)
        Rim, mid-range, three; sums to one.
    """
    rim = skills[..., INDEX["rim"]]
    near = skills[..., INDEX["near"]]
    return np.stack([rim, near - rim, 1.0 - near], axis=-1)


def points_per_possession(
    offence: Floats,
    offence_weights: Floats,
    defence: Floats,
    defence_weights: Floats,
    edge: Floats | float = 0.0,
) -> Floats:
    """Compute the expected points of a possession between two groups of players.

    Parameters
    ----------
    offence, defence : array of shape (..., n_players, n_skills)
    offence_weights, defence_weights : array of shape (..., n_players)
        Share of court time; each sums to one over players (0.2 for five men).
    edge : array of shape (...), default 0
        Added to every make probability of the offence.

    Returns
    -------
    array of shape (...)
        Points per possession.
    """
    rates = RATES
    use = offence_weights * offence[..., INDEX["use"]]
    share = use / use.sum(axis=-1, keepdims=True)
    lift = (
        5.0 * (offence_weights * offence[..., INDEX["gravity"]]).sum(axis=-1)
        - 5.0 * (defence_weights * defence[..., INDEX["guard"]]).sum(axis=-1)
        + edge
    )
    make = offence[..., INDEX["make_rim"] : INDEX["make_three"] + 1]
    make = np.clip(make + lift[..., None, None], 0.02, 0.98)
    ft = offence[..., INDEX["ft"]][..., None]
    fouled = np.clip(
        np.asarray(rates.shooting_foul) * offence[..., INDEX["draw"]][..., None],
        0.0,
        0.6,
    )
    value = np.array([2.0, 2.0, 3.0])
    shot = (1.0 - fouled) * make * value + fouled * (
        rates.and_one * (value + ft) + (1.0 - rates.and_one) * value * ft
    )
    zones = zone_shares(offence)
    attempts = (1.0 - rates.common_foul) * (1.0 - offence[..., INDEX["tov"]])
    per_chance = attempts * (zones * shot).sum(axis=-1) + (
        rates.common_foul * rates.bonus_share * 2.0 * offence[..., INDEX["ft"]]
    )
    missed = attempts * (zones * (1.0 - fouled) * (1.0 - make)).sum(axis=-1)
    own = rates.offensive_weight * (offence_weights * offence[..., INDEX["oreb"]]).sum(
        axis=-1
    )
    other = (defence_weights * defence[..., INDEX["dreb"]]).sum(axis=-1)
    kept = rates.team_rebound * rates.team_rebound_kept + (
        1.0 - rates.team_rebound
    ) * own / (own + other)
    again = rates.common_foul * (1.0 - rates.bonus_share) + kept * (share * missed).sum(
        axis=-1
    )
    points: Floats = (share * per_chance).sum(axis=-1) / (1.0 - again)
    return points


def impact(skills: Floats, among: Bools) -> tuple[Floats, Floats]:
    """Compute what a player adds to an average five, per 100 possessions.

    Parameters
    ----------
    skills : array of shape (n_players, n_skills)
    among : bool array of shape (n_players,)
        Who makes up the average.

    Returns
    -------
    offence, defence : arrays of shape (n_players,)
        Relative to the average; positive is good on both sides.
    """
    average = skills[among].mean(axis=0)
    fives = np.broadcast_to(average, (len(skills), 5, skills.shape[1])).copy()
    fives[:, 0] = skills
    fifth = np.full((len(skills), 5), 0.2)
    plain = np.broadcast_to(average, fives.shape)
    level = points_per_possession(plain, fifth, plain, fifth)
    offence = 100.0 * (points_per_possession(fives, fifth, plain, fifth) - level)
    defence = 100.0 * (level - points_per_possession(plain, fifth, fives, fifth))
    return offence, defence
