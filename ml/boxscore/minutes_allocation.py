"""Who plays and for how long, in every draw: whole minutes that add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.boxscore.game_input import TeamInput

_FEWEST = 8
# The league lets 13 dress, 15 since 2020-21; nobody has ever played a sixteenth.
_MOST = 15
_ROUNDS = 12
# Draws and rounds in which centres are found, and how far a mean may move (minutes).
_PILOT = 2000
_FAIR_ROUNDS = 3
_MOST_MOVED = 4.0
# Who is expected to play so long plays no more where a team is short of players.
_FIRM = 36.0


@dataclass(frozen=True)
class MinutesSpread:
    """How far minutes fall from what was expected.

    Attributes
    ----------
    knots : ndarray, shape (n_knots,)
        Expected minutes, increasing.
    levels : ndarray, shape (n_levels,)
        Probabilities, increasing within (0, 1).
    residuals : ndarray, shape (n_knots, n_levels)
        Quantiles of minutes - expected minutes at each knot.
    """

    knots: Floats
    levels: Floats
    residuals: Floats

    def draw(self, minutes: Floats, uniforms: Floats) -> Floats:
        """Return minutes - expected minutes, shape (n_draws, n_players)."""
        out = np.empty_like(uniforms)
        for player, expected in enumerate(minutes):
            quantiles = [
                float(np.interp(expected, self.knots, column))
                for column in self.residuals.T
            ]
            out[:, player] = np.interp(uniforms[:, player], self.levels, quantiles)
        return out

    def sd(self, minutes: Floats) -> Floats:
        """Return the spread of the residuals at each expectation, shape (n,)."""
        sds = self.residuals.std(axis=1)
        return np.asarray(np.interp(minutes, self.knots, sds))


@dataclass(frozen=True)
class Rotation:
    """Who plays for how long.

    Attributes
    ----------
    minutes : ndarray of int, shape (n_draws, n_players)
        Whole minutes; each row sums to 240 + 25 per overtime; 0 means he did not play.
    usual : ndarray, shape (n_players,)
        Minutes that each plays on average if nobody's are given: what is expected of
        him and what he has of what the team's expectations lack, overtimes included.
    """

    minutes: Ints
    usual: Floats


def draw_minutes(
    inputs: TeamInput,
    spread: MinutesSpread,
    overtimes: Ints,
    rng: np.random.Generator,
) -> Rotation:
    """Draw who plays and everyone's minutes.

    Who plays is drawn one by one, so evenly that everyone's share of the draws is his
    P(plays); where fewer than eight would, the likeliest others do, and where more
    than fifteen would, the least likely do not. Minutes are expectation plus residual,
    then moved to the sum 240 + 25 per overtime, those with the widest spread most,
    never below 1 or above the game.

    Parameters
    ----------
    inputs : TeamInput
        The side.
    spread : MinutesSpread
        Residuals of minutes.
    overtimes : ndarray of int, shape (n_draws,)
        Overtimes of each draw.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Rotation
        Minutes, and what they are on average.
    """
    size = (len(overtimes), len(inputs.player_id))
    plays = _draw_players(inputs, _even_uniforms(size, rng))
    length = (48 + 5 * overtimes)[:, None].astype(float)
    residual = spread.draw(inputs.minutes, rng.random(size))
    pilot = slice(0, _PILOT)
    usual = _filled(inputs, plays[pilot], length[pilot])
    centre = _fair_centre(inputs, spread, plays[pilot], residual[pilot], length[pilot])
    minutes = _whole(_fill(inputs, spread, plays, centre + residual, length))
    return Rotation(minutes, usual)


def _fill(
    inputs: TeamInput,
    spread: MinutesSpread,
    plays: Bools,
    wanted: Floats,
    length: Floats,
) -> Floats:
    is_fixed = np.isfinite(inputs.fixed_minutes)
    raw = np.where(
        is_fixed, np.nan_to_num(inputs.fixed_minutes), wanted * length / 48.0
    )
    raw = np.where(plays, np.clip(raw, 1.0, length), 0.0)
    weight = np.where(plays, spread.sd(inputs.minutes) ** 2, 0.0)
    # What is given stays, unless nobody else could take up the rest.
    weight = np.where(is_fixed, 1e-6 * weight, weight)
    return _to_sum(raw, 5.0 * length[:, 0], plays, weight, length)


def _filled(inputs: TeamInput, plays: Bools, length: Floats) -> Floats:
    """Return the minutes of each player that make up the team's, shape (n_players,).

    What a team's expectations lack of its 240 minutes goes to those who play less than
    regulars, and so does what they have too much: regulars play what they are expected
    to (measured: within 1 % where the expectations of a team sum to 215-250).
    """
    share = plays.mean(axis=0)
    usual = inputs.minutes * length.mean() / 48.0
    room = inputs.minutes * np.maximum(1.0 - inputs.minutes / _FIRM, 0.02)
    gap = 5.0 * length.mean() - share @ usual
    move = gap * room / max(share @ room, 1e-9)
    return np.asarray(usual + np.clip(move, -_MOST_MOVED, _MOST_MOVED))


def _fair_centre(
    inputs: TeamInput,
    spread: MinutesSpread,
    plays: Bools,
    residual: Floats,
    length: Floats,
) -> Floats:
    """Return centres of minutes whose draws average what is aimed at."""
    n_games = np.maximum(plays.sum(axis=0), 1)
    aim = _filled(inputs, plays, length)
    centre = aim.copy()
    for _ in range(_FAIR_ROUNDS):
        drawn = _fill(inputs, spread, plays, centre + residual, length)
        centre += np.clip(aim - drawn.sum(axis=0) / n_games, -3.0, 3.0)
    return np.asarray(np.where(plays.any(axis=0), centre, inputs.minutes))


def _even_uniforms(size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Return uniforms of which each column has one in every n-th part of 0-1."""
    places = np.broadcast_to(np.arange(size[0])[:, None], size)
    return np.asarray((rng.permuted(places, axis=0) + rng.random(size)) / size[0])


def _draw_players(inputs: TeamInput, uniforms: Floats) -> Bools:
    plays = uniforms < inputs.play_prob
    fewest = min(_FEWEST, len(inputs.player_id))
    possible = inputs.play_prob > 0.0
    if possible.sum() < 5:  # too few are left: anyone may have to
        possible = np.ones_like(possible)
    short = plays.sum(axis=1) < fewest
    if short.any():
        # Those whose uniform exceeded P(plays) least were nearest to playing.
        excess = np.where(plays, -1.0, uniforms - inputs.play_prob)[short]
        excess = np.where(possible, excess, 2.0)
        ranks = excess.argsort(axis=1, kind="stable").argsort(axis=1)
        plays[short] |= (ranks < fewest) & possible
    crowded = plays.sum(axis=1) > _MOST
    if crowded.any():
        # Those whose uniform fell short of P(plays) least were nearest to sitting out.
        room = np.where(plays, inputs.play_prob - uniforms, -np.inf)
        room = np.where(inputs.play_prob >= 1.0, np.inf, room)[crowded]
        ranks = (-room).argsort(axis=1, kind="stable").argsort(axis=1)
        plays[crowded] &= ranks < _MOST
    return plays


def _to_sum(
    raw: Floats,
    target: Floats,
    plays: Bools,
    weight: Floats,
    length: Floats,
) -> Floats:
    minutes = raw
    for _ in range(_ROUNDS):
        gap = (target - minutes.sum(axis=1))[:, None]
        room = np.where(gap > 0.0, minutes < length, minutes > 1.0) & plays
        share = weight * room
        total = share.sum(axis=1, keepdims=True)
        step = gap * np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        minutes = np.where(plays, np.clip(minutes + step, 1.0, length), 0.0)
    # What clipping left over is tiny; the room that is left takes it in proportion.
    gap = (target - minutes.sum(axis=1))[:, None]
    room = np.where(gap > 0.0, length - minutes, minutes - 1.0) * plays
    total = room.sum(axis=1, keepdims=True)
    return np.asarray(
        minutes + gap * np.divide(room, total, out=np.zeros_like(room), where=total > 0)
    )


def _whole(minutes: Floats) -> Ints:
    """Round each row so that its running sums, hence its total, are kept.

    In millionths, so that whole minutes stay what they are: half a minute before them
    may not be rounded down and after them up.
    """
    millionths = np.rint(minutes * 1e6).astype(np.int64)
    ends = (np.cumsum(millionths, axis=1) + 500_000) // 1_000_000
    return np.diff(ends, axis=1, prepend=0)
