"""Complete box scores of one game, drawn so that everything adds up.

Final scores are given, one a draw. Then: overtimes; who plays; minutes; each team's
twos, threes and free throws, which make up its points; who made them; misses;
rebounds of what was missed; assists of what was made; turnovers, steals and blocks;
fouls. Given minutes, a player's counts are close to Poisson (measured: the variance
above Poisson's is under 4 % of the squared mean for field goals, assists, rebounds and
steals), so that minutes carry most of the spread and of the correlation; free throws,
offensive rebounds and blocks have a gamma factor on top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml.arrays import Bools, Floats, Ints
from ml.boxscore.game_input import GameInput, TeamInput
from ml.boxscore.minutes_allocation import MinutesSpread, Rotation, draw_minutes
from ml.boxscore.overtime import draw_overtimes
from ml.boxscore.shooting import allocate, draw_makes, draw_misses
from ml.boxscore.stats import BOX, DRAWN
from ml.errors import ModelError

# Gamma factors on top of the sharing out: variance over the squared mean. Team totals
# are given, so that a share of them varies less than a Poisson count of its size;
# field goals need a factor to be as wide as they are.
_DISPERSION = {
    "fg2m": 0.04,
    "fg3m": 0.05,
    "ftm": 0.18,
    "ft_miss": 0.1,
    "oreb": 0.09,
    "dreb": 0.012,
    "ast": 0.02,
    "stl": 0.03,
    "blk": 0.084,
}
# How counts grow with a player's minutes around what was expected: minutes ** power.
_MINUTES_POWER = {
    "fg2m": 1.15,
    "fg3m": 1.2,
    "ftm": 1.15,
    "fg2_miss": 0.85,
    "fg3_miss": 0.8,
    "oreb": 1.1,
    "dreb": 1.05,
    "ast": 1.05,
    "stl": 1.1,
    "blk": 1.1,
    "tov": 0.7,
    "pf": 0.75,
}
_MOST_FOULS = 6
# Who shoots more than expected passes less: his factor of twos ** -0.5 on his assists
# (correlation of points and assists .19 without, realised .10 to .14).
_SHOOTS_OR_PASSES = 0.5


@dataclass(frozen=True)
class BoxSample:
    """Draws of one game's box scores.

    Attributes
    ----------
    game_id : str
        The game.
    team_id, player_id : ndarray of int, shape (n_players,)
        Home players first.
    points : ndarray of int, shape (n_draws, 2)
        Final scores: home, away.
    overtimes : ndarray of int, shape (n_draws,)
        Overtimes.
    box : dict of str to ndarray of int16, shape (n_draws, n_players)
        `ml.boxscore.stats.BOX`; all zero where a player does not play.
    """

    game_id: str
    team_id: Ints
    player_id: Ints
    points: Ints
    overtimes: Ints
    box: dict[str, npt.NDArray[np.int16]]

    @property
    def plays(self) -> Bools:
        """Whether each player plays, shape (n_draws, n_players)."""
        return np.asarray(self.box["min"] > 0)

    def of_player(self, player_id: int) -> BoxSample:
        """Return the sample with one player's columns alone."""
        who = self.player_id == player_id
        return replace(
            self,
            team_id=self.team_id[who],
            player_id=self.player_id[who],
            box={name: values[:, who] for name, values in self.box.items()},
        )


def draw_box_scores(
    inputs: GameInput, points: Ints, spread: MinutesSpread, *, random_state: int
) -> BoxSample:
    """Draw one box score for each final score.

    Parameters
    ----------
    inputs : GameInput
        What is expected of the players.
    points : ndarray of int, shape (n_draws, 2)
        Final scores of the team forecast: home, away; never equal.
    spread : MinutesSpread
        Residuals of minutes.
    random_state : int
        Seed; the same inputs give the same bytes.

    Returns
    -------
    BoxSample
        In every draw players' points sum to `points`, minutes to 240 + 25 per
        overtime, and every identity of a box score holds.

    Raises
    ------
    ModelError
        If a final score is tied or negative.
    """
    if (points < 0).any() or (points[:, 0] == points[:, 1]).any():
        raise ModelError("a final score must be positive and not tied")
    rng = np.random.default_rng(random_state)
    overtimes = draw_overtimes(points, rng)
    home = _draw_side(inputs.home, points[:, 0], spread, overtimes, rng)
    away = _draw_side(inputs.away, points[:, 1], spread, overtimes, rng)
    _draw_rebounds(home, away, rng)
    _draw_rebounds(away, home, rng)
    _draw_defence(home, away, rng)
    _draw_defence(away, home, rng)
    boxes = [box_columns(side.counts) for side in (home, away)]
    return BoxSample(
        game_id=inputs.game_id,
        team_id=np.repeat(
            [inputs.home.team_id, inputs.away.team_id],
            [len(inputs.home.player_id), len(inputs.away.player_id)],
        ),
        player_id=np.concatenate([inputs.home.player_id, inputs.away.player_id]),
        points=points,
        overtimes=overtimes,
        box={
            name: np.concatenate([box[name] for box in boxes], axis=1).astype(np.int16)
            for name in BOX
        },
    )


@dataclass(frozen=True)
class _Side:
    rate: dict[str, Floats]
    counts: dict[str, Ints]


def _draw_side(
    inputs: TeamInput,
    points: Ints,
    spread: MinutesSpread,
    overtimes: Ints,
    rng: np.random.Generator,
) -> _Side:
    rotation = draw_minutes(inputs, spread, overtimes, rng)
    minutes = rotation.minutes
    rate = _rates(inputs, rotation, rng)
    twos, threes, free = (rate[name].sum(axis=1) for name in ("fg2m", "fg3m", "ftm"))
    makes = draw_makes(points, twos, threes, free, rng)
    counts = {"min": minutes}
    for name, total in zip(("fg2m", "fg3m", "ftm"), makes, strict=True):
        counts[name] = allocate(total, rate[name], rng)
    missed = draw_misses(
        rate["fg2_miss"].sum(axis=1) + rate["fg3_miss"].sum(axis=1),
        makes[0] + makes[1] - twos - threes,
        makes[2] - free,
        rng,
    )
    n_players = minutes.shape[1]
    both = np.concatenate([rate["fg2_miss"], rate["fg3_miss"]], axis=1)
    shared = allocate(missed, both, rng)
    counts["fg2_miss"], counts["fg3_miss"] = (
        shared[:, :n_players],
        shared[:, n_players:],
    )
    counts["tov"] = rng.poisson(rate["tov"])
    # Who shoots more free throws than expected also misses more.
    made = (counts["ftm"] + rate["ftm"]) / np.maximum(2.0 * rate["ftm"], 1e-9)
    counts["ft_miss"] = rng.poisson(rate["ft_miss"] * np.minimum(made, 5.0))
    foul = np.minimum(rate["pf"] / _MOST_FOULS, 0.95)
    counts["pf"] = rng.binomial(_MOST_FOULS, foul)
    counts["ast"] = _draw_assists(rate["ast"], counts, rng)
    return _Side(rate, counts)


def _rates(
    inputs: TeamInput, rotation: Rotation, rng: np.random.Generator
) -> dict[str, Floats]:
    # Counts are expected of games as long as they are and of rosters as they turn out:
    # they follow what minutes differ from their mean, not what the mean was moved by.
    minutes = rotation.minutes
    relative = minutes / np.maximum(rotation.usual, 0.5)
    # Powers above one would add to the mean what long games have too much of.
    powers = {
        power: relative**power * _level(relative, power)
        for power in set(_MINUTES_POWER.values())
    }
    plays = minutes > 0
    n_lines = int(plays.sum())
    rate = {}
    for place, name in enumerate(DRAWN):
        value = inputs.expected[:, place] * powers.get(
            _MINUTES_POWER.get(name, 1.0), relative
        )
        if name in _DISPERSION:
            shape = 1.0 / _DISPERSION[name]
            factor = rng.standard_gamma(shape, n_lines) / shape
            value[plays] *= factor
            if name == "fg2m":
                passes = factor**-_SHOOTS_OR_PASSES
        if name == "ast":
            value[plays] *= passes / passes.mean()
        # Everyone on the floor can score: no team is left without a scorer.
        rate[name] = np.where(plays, np.maximum(value, 1e-6), 0.0)
    return rate


def _level(relative: Floats, power: float) -> Floats:
    """Return what keeps the mean of each player's ``relative ** power``."""
    curved = (relative**power).sum(axis=0)
    return np.where(curved > 0.0, relative.sum(axis=0) / np.maximum(curved, 1e-9), 1.0)


def _draw_assists(
    rate: Floats, counts: dict[str, Ints], rng: np.random.Generator
) -> Ints:
    made = counts["fg2m"] + counts["fg3m"]
    team = made.sum(axis=1)
    wanted = rate.sum(axis=1)
    usual = wanted.mean() / np.maximum(team.mean(), 1.0)
    # Assists follow the baskets that fell, around the usual share of them.
    share = 0.25 * wanted / np.maximum(team, 1) + 0.75 * usual
    total = rng.binomial(team, np.minimum(share, 0.95))
    assists = allocate(total, rate, rng)
    # Nobody assists his own baskets.
    return np.asarray(np.minimum(assists, team[:, None] - made))


def _draw_rebounds(side: _Side, other: _Side, rng: np.random.Generator) -> None:
    """Share out the rebounds of what `side` missed."""
    missed = side.counts["fg2_miss"] + side.counts["fg3_miss"]
    # About four missed free throws in nine are the last of their trip.
    loose = missed.sum(axis=1) + rng.binomial(side.counts["ft_miss"].sum(axis=1), 0.45)
    mean = np.maximum(loose.mean(), 1.0)
    own = np.clip(side.rate["oreb"].sum(axis=1).mean() / mean, 0.02, 0.6)
    theirs = np.clip(other.rate["dreb"].sum(axis=1).mean() / mean, 0.2, 0.95)
    offensive = rng.binomial(loose, own)
    defensive = rng.binomial(loose - offensive, min(theirs / (1.0 - own), 1.0))
    side.counts["oreb"] = allocate(offensive, side.rate["oreb"], rng)
    other.counts["dreb"] = allocate(defensive, other.rate["dreb"], rng)


def _draw_defence(side: _Side, other: _Side, rng: np.random.Generator) -> None:
    """Share out the steals and blocks of what `other` lost and missed."""
    for name, source in (("stl", "tov"), ("blk", "fg2_miss")):
        chances = other.counts[source].sum(axis=1)
        share = side.rate[name].sum(axis=1).mean() / np.maximum(chances.mean(), 1.0)
        total = rng.binomial(chances, min(share, 0.95))
        side.counts[name] = allocate(total, side.rate[name], rng)


def box_columns(counts: dict[str, Ints]) -> dict[str, Ints]:
    """Add up ``min`` and the counts of `DRAWN` to the columns of `BOX`."""
    fgm = counts["fg2m"] + counts["fg3m"]
    fg3a = counts["fg3m"] + counts["fg3_miss"]
    return {
        **{name: counts[name] for name in BOX if name in counts},
        "pts": 2 * counts["fg2m"] + 3 * counts["fg3m"] + counts["ftm"],
        "reb": counts["oreb"] + counts["dreb"],
        "fg3a": fg3a,
        "fgm": fgm,
        "fga": fgm + counts["fg2_miss"] + counts["fg3_miss"],
        "fta": counts["ftm"] + counts["ft_miss"],
    }
