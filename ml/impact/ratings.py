"""Dated impact ratings: what each player was known to be worth after every date."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml.impact.box import BoxRates
from ml.impact.design import BoxDay, Dates, Day, Design, build_design
from ml.impact.prior import BoxPrior
from ml.impact.ridge import StintRidge

RATING_COLUMNS = (
    "rating_date", "player_id", "off_impact", "def_impact", "impact",
    "off_impact_sd", "def_impact_sd", "impact_sd", "box_off_impact",
    "box_def_impact", "exposure_stint_units", "inputs_digest",
)  # fmt: skip

# Part of every digest; a change of method that moves ratings must change it, or
# builds would mix old ratings with new ones.
_METHOD = 1


@dataclass(frozen=True)
class ImpactSettings:
    """Constants of the ratings, chosen on seasons up to 2022-23.

    Attributes
    ----------
    half_life_days : float
        A stint this old counts half (days).
    penalty : float
        Strength of the shrinkage to the prior (possessions).
    box_half_life_days : float
        A box score this old counts half (days).
    box_padding_minutes : float
        Minutes at the league's rates that every player starts with.
    prior_half_life_days : float
        A stint this old counts half when the prior's weights are learned (days).
    prior_penalty : float
        Ridge penalty of the prior's weights (possessions).
    active_days : int
        A player not seen for longer keeps his last rating (days).
    """

    half_life_days: float = 400.0
    penalty: float = 4000.0
    box_half_life_days: float = 245.0
    box_padding_minutes: float = 200.0
    prior_half_life_days: float = 1460.0
    prior_penalty: float = 2000.0
    active_days: int = 400


@dataclass
class _League:
    """The league's level of scoring, and the noise of one possession."""

    half_life_days: float = 60.0
    points: float = 0.0
    possessions: float = 0.0
    squares: float = 0.0
    observations: float = 0.0
    date: np.datetime64 | None = field(default=None)

    def level(self, default: float) -> float:
        return self.points / self.possessions if self.possessions else default

    def noise(self) -> float:
        return self.squares / self.observations

    def add(self, day: Day) -> None:
        if self.date is not None:
            days = (day.date - self.date) / np.timedelta64(1, "D")
            keep = 0.5 ** (days / self.half_life_days)
            self.points *= keep
            self.possessions *= keep
            self.squares *= keep
            self.observations *= keep
        self.date = day.date
        self.points += float(day.points @ day.possessions)
        self.possessions += float(day.possessions.sum())
        errors = day.points - self.level(0.0)
        self.squares += float(day.possessions @ errors**2)
        self.observations += len(day.points)


def rate_players(
    stints: pd.DataFrame,
    games: pd.DataFrame,
    player_game_stats: pd.DataFrame,
    births: pd.DataFrame,
    *,
    settings: ImpactSettings | None = None,
    dates: Collection[np.datetime64] | None = None,
    with_sd: bool = True,
    known: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate every active player after every date with games.

    The rating of a date uses the games of that date and of those before it, nothing
    later: stints regressed on the ten players, shrunken to a prior that box scores
    predicted. A player who is new to the league starts at what new players were
    worth; over a summer ratings move with age and fade towards the prior.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.impact.stints.STINT_COLUMNS`.
    games : DataFrame
        ``game_id, game_date``.
    player_game_stats : DataFrame
        Box scores; games without them are rated by their stints alone.
    births : DataFrame
        ``player_id, birthdate``; unknown ones are nulls or missing rows.
    settings : ImpactSettings, optional
        Constants.
    dates : collection of numpy.datetime64, optional
        Rate after these dates only; all by default. A player who is gone is held at
        his newest rating, so ratings of few dates differ a little from those of all.
    with_sd : bool
        Whether standard deviations are wanted.
    known : DataFrame, optional
        An earlier result of the same call. Dates whose inputs, and those of all dates
        before, are unchanged are taken from it.

    Returns
    -------
    DataFrame
        One row per date and player, `RATING_COLUMNS`: points per 100 possessions
        against the average player on court, more is better, also in defence;
        exposure in units of 100 faded possessions, both ends.
    """
    settings = settings or ImpactSettings()
    design = build_design(stints, games, player_game_stats)
    rater = _Rater(design, _births(births, design), settings)
    cached = _by_digest(known)
    frames = []
    for day, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(day, design.boxes.get(day.date), n_known)
        if dates is not None and day.date not in dates:
            continue
        frame = cached.get(rater.digest)
        if frame is None:
            frame = rater.ratings(with_sd=with_sd)
        rater.remember(frame)
        frames.append(frame)
    if not frames:
        return pd.DataFrame(columns=list(RATING_COLUMNS))
    return pd.concat(frames, ignore_index=True)


class _Rater:
    """Everything that is carried from date to date."""

    def __init__(self, design: Design, birth: Dates, settings: ImpactSettings) -> None:
        n_players = len(design.players)
        self.design = design
        self.settings = settings
        self.birth = birth
        self.league = _League()
        self.ridge = StintRidge(n_players, half_life_days=settings.half_life_days)
        self.prior = BoxPrior(
            half_life_days=settings.prior_half_life_days,
            penalty=settings.prior_penalty,
        )
        self.rates = BoxRates(
            n_players,
            half_life_days=settings.box_half_life_days,
            padding_minutes=settings.box_padding_minutes,
            birth=birth,
        )
        self.seen = np.full(n_players, np.datetime64("NaT", "D"))
        self.last = np.zeros((2, n_players))
        self.number = pd.Series(np.arange(n_players), index=design.players)
        self.date: np.datetime64 = np.datetime64("NaT", "D")
        self.n_known = 0
        self.digest = hashlib.sha256(
            repr((_METHOD, astuple(settings))).encode()
        ).hexdigest()[:16]

    def add(self, day: Day, box: BoxDay | None, n_known: int) -> None:
        """Take in one date: first what it says about the past, then itself."""
        own_level = float(day.points @ day.possessions / day.possessions.sum())
        level = self.league.level(own_level)
        self.prior.add(day, self.rates.features(day.date, n_known), level)
        self.ridge.add(day, level)
        self.league.add(day)
        if box is not None:
            self.rates.add(day.date, box)
        self.seen[np.unique([day.offense, day.defense])] = day.date
        self.date, self.n_known = day.date, n_known
        self.digest = self._digest(day, box)

    def remember(self, frame: pd.DataFrame) -> None:
        """Hold players who will be gone at the ratings of `frame`."""
        index = self.number.reindex(frame["player_id"]).to_numpy()
        self.last[:, index] = frame[["off_impact", "def_impact"]].to_numpy().T

    def ratings(self, *, with_sd: bool) -> pd.DataFrame:
        """Rate the active players as of after the newest date."""
        unseen = (self.date - self.seen[: self.n_known]) / np.timedelta64(1, "D")
        chosen = np.flatnonzero(unseen <= self.settings.active_days)
        features = self.rates.features(self.date, self.n_known)[chosen]
        exposure = self.ridge.exposure()[chosen]
        prior = np.vstack([features @ weights for weights in self.prior.weights()])
        prior -= np.average(prior, axis=1, weights=exposure)[:, None]
        solution = self.ridge.solve(
            chosen,
            prior,
            self.last[:, : self.n_known],
            penalty=self.settings.penalty,
            noise=self.league.noise() if with_sd else None,
        )
        rated = np.vstack([solution.offense, solution.defense])
        rated -= np.average(rated, axis=1, weights=exposure)[:, None]
        off_var, def_var = solution.offense_variance, solution.defense_variance
        total_var = off_var + def_var + 2 * solution.covariance
        columns: dict[str, object] = {
            "rating_date": self.date,
            "player_id": self.design.players[chosen],
            "off_impact": rated[0],
            "def_impact": rated[1],
            "impact": rated.sum(axis=0),
            "off_impact_sd": np.sqrt(off_var),
            "def_impact_sd": np.sqrt(def_var),
            "impact_sd": np.sqrt(total_var),
            "box_off_impact": prior[0],
            "box_def_impact": prior[1],
            "exposure_stint_units": exposure / 100.0,
            "inputs_digest": self.digest,
        }
        return pd.DataFrame(columns)[list(RATING_COLUMNS)]

    def _digest(self, day: Day, box: BoxDay | None) -> str:
        """Fold a date into the digest of everything before it."""
        players, birth = self.design.players, self.birth
        fold = hashlib.sha256(self.digest.encode())
        parts: list[npt.NDArray[Any]] = [np.array(day.date)]
        parts += [players[day.offense], players[day.defense], birth[day.offense]]
        parts += [day.points, day.possessions, day.at_home]
        if box is not None:
            parts += [players[box.player], birth[box.player], box.minutes, box.counts]
        for part in parts:
            fold.update(np.ascontiguousarray(part).tobytes())
        return fold.hexdigest()[:16]


def _by_digest(known: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    if known is None or known.empty:
        return {}
    return {
        str(digest): frame[list(RATING_COLUMNS)]
        for digest, frame in known.groupby("inputs_digest", sort=False)
    }


def _births(births: pd.DataFrame, design: Design) -> Dates:
    dates = pd.to_datetime(births.set_index("player_id")["birthdate"])
    found: Dates = dates.reindex(design.players).to_numpy().astype("datetime64[D]")
    return found
