"""The players of a league through the years: who they are and what they can do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ml.arrays import Bools, Floats, Ints
from ml.sources.synthetic.names import make_names
from ml.sources.synthetic.skills import INDEX, SKILLS

POSITIONS = ("PG", "SG", "SF", "PF", "C")
FIRST_PLAYER_ID = 2_000_001
PEAK_AGE = 27.0

# An average rotation player of each position, PG to C.
_AVERAGE = {
    "use": (1.10, 1.02, 0.91, 0.97, 0.97),
    "tov": (0.137, 0.116, 0.110, 0.120, 0.135),
    "rim": (0.295, 0.285, 0.325, 0.39, 0.585),
    "near": (0.595, 0.545, 0.565, 0.645, 0.82),
    "make_rim": (0.573, 0.588, 0.603, 0.613, 0.643),
    "make_mid": (0.400, 0.395, 0.400, 0.405, 0.430),
    "make_three": (0.358, 0.366, 0.361, 0.350, 0.325),
    "ft": (0.81, 0.81, 0.78, 0.76, 0.72),
    "draw": (1.05, 0.95, 0.92, 0.97, 1.02),
    "ast": (6.6, 3.7, 2.9, 3.1, 2.9),
    "oreb": (0.80, 0.85, 1.25, 1.70, 3.35),
    "dreb": (3.8, 3.7, 4.5, 5.7, 7.8),
    "stl": (1.30, 1.15, 1.10, 1.00, 0.95),
    "blk": (0.41, 0.42, 0.56, 0.80, 1.55),
    "pf": (0.90, 0.90, 0.96, 1.02, 1.28),
    "gravity": (0.0, 0.0, 0.0, 0.0, 0.0),
    "guard": (0.0, 0.0, 0.0, 0.0, 0.0),
}
# Spread between players of a position: of the logarithm for rates that multiply,
# plain for those that add.
_SPREAD_LOG = {
    "use": 0.16,
    "tov": 0.18,
    "draw": 0.06,
    "ast": 0.36,
    "oreb": 0.38,
    "dreb": 0.20,
    "stl": 0.24,
    "blk": 0.48,
    "pf": 0.10,
}
_SPREAD = {"make_rim": 0.028, "make_mid": 0.024, "make_three": 0.016, "ft": 0.07}
# What one standard deviation of talent does, offence then defence.
_OFFENCE_LOG = {"tov": -0.03, "draw": 0.03, "ast": 0.14}
_OFFENCE = {
    "make_rim": 0.010,
    "make_mid": 0.012,
    "make_three": 0.007,
    "ft": 0.012,
    "gravity": 0.0042,
}
_DEFENCE_LOG = {"stl": 0.10, "blk": 0.14, "dreb": 0.05, "pf": -0.04}
_DEFENCE = {"guard": 0.0068}


@dataclass
class Players:
    """Everybody who ever was in the league; arrays grow with each draft.

    Attributes
    ----------
    names : list of str
    birth_year : array of shape (n,)
        With the day within the year as a fraction.
    position : array of shape (n,)
        0 (PG) to 4 (C).
    offence, defence : arrays of shape (n,)
        Talent before age, in standard deviations.
    style : array of shape (n, n_skills)
        Standard normal leanings that last a career.
    frailty : array of shape (n,)
        Multiplies the chance of an injury.
    pace : array of shape (n,)
        Possessions of a side per 48 minutes that a game goes faster with the player.
    pace_rng : numpy.random.Generator
        Draws them, so that all other draws are what they would be without.
    pace_spread : float
        Their standard deviation.
    height_inches, weight_pounds : arrays of shape (n,)
    country : list of str
    active : array of bool, shape (n,)
    """

    names: list[str] = field(default_factory=list)
    birth_year: Floats = field(default_factory=lambda: np.empty(0))
    position: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    offence: Floats = field(default_factory=lambda: np.empty(0))
    defence: Floats = field(default_factory=lambda: np.empty(0))
    style: Floats = field(default_factory=lambda: np.empty((0, len(SKILLS))))
    frailty: Floats = field(default_factory=lambda: np.empty(0))
    pace: Floats = field(default_factory=lambda: np.empty(0))
    pace_rng: np.random.Generator = field(default_factory=np.random.default_rng)
    pace_spread: float = 0.0
    height_inches: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    weight_pounds: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    country: list[str] = field(default_factory=list)
    active: Bools = field(default_factory=lambda: np.empty(0, dtype=bool))
    taken: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def player_id(self) -> Ints:
        """Ids, in order of entry."""
        return FIRST_PLAYER_ID + np.arange(len(self), dtype=np.int64)

    def add(self, position: Ints, birth_year: Floats, rng: np.random.Generator) -> Ints:
        """Let new players in.

        Parameters
        ----------
        position, birth_year : arrays of shape (n,)
        rng : numpy.random.Generator

        Returns
        -------
        array of shape (n,)
            Their indices.
        """
        n = position.size
        start = len(self)
        self.names += make_names(n, self.taken, rng)
        self.birth_year = np.append(self.birth_year, birth_year)
        self.position = np.append(self.position, position)
        # Right-skewed: stars are further from the middle than the worst.
        offence = (rng.gamma(6.0, 1.0, n) - 6.0) / np.sqrt(6.0)
        defence = 0.15 * offence + rng.normal(0.0, 1.0, n)
        self.offence = np.append(self.offence, offence)
        self.defence = np.append(self.defence, defence)
        self.style = np.vstack([self.style, rng.normal(0.0, 1.0, (n, len(SKILLS)))])
        self.frailty = np.append(self.frailty, rng.gamma(4.0, 0.25, n))
        self.pace = np.append(self.pace, self.pace_rng.normal(0.0, self.pace_spread, n))
        height = np.array([74.5, 76.5, 78.5, 80.5, 83.0])[position]
        height = np.rint(height + rng.normal(0.0, 1.6, n)).astype(np.int64)
        weight = 215 + 7 * (height - 79) + rng.normal(0.0, 12.0, n)
        self.height_inches = np.append(self.height_inches, height)
        self.weight_pounds = np.append(
            self.weight_pounds, np.rint(weight).astype(np.int64)
        )
        countries = ("USA", "Canada", "France", "Australia", "Serbia", "Spain")
        shares = (0.78, 0.06, 0.05, 0.04, 0.04, 0.03)
        self.country += [str(c) for c in rng.choice(countries, n, p=shares)]
        self.active = np.append(self.active, np.ones(n, dtype=bool))
        return np.arange(start, start + n)

    def age(self, year: float) -> Floats:
        """Age of everybody at a moment (years)."""
        age: Floats = year - self.birth_year
        return age

    def talent(self, year: float) -> tuple[Floats, Floats]:
        """Offensive and defensive talent of a season, relative to that season.

        Parameters
        ----------
        year : float
            Calendar time of the season's start.

        Returns
        -------
        offence, defence : arrays of shape (n,)
            Mean zero and unit spread over active players.
        """
        late = np.maximum(self.age(year) - PEAK_AGE, 0.0)
        early = np.maximum(PEAK_AGE - 2.0 - self.age(year), 0.0)
        decline = 0.010 * late**2 + 0.13 * early
        both = []
        for base in (self.offence, self.defence):
            now = base - decline
            some = now[self.active]
            both.append((now - some.mean()) / some.std())
        return both[0], both[1]

    def drift(self, rng: np.random.Generator) -> None:
        """Let talents wander from one season to the next."""
        self.offence = self.offence + rng.normal(0.0, 0.22, len(self))
        self.defence = self.defence + rng.normal(0.0, 0.22, len(self))

    def skills(self, year: float) -> Floats:
        """Rates of everybody in a season.

        Parameters
        ----------
        year : float

        Returns
        -------
        array of shape (n, n_skills)
        """
        offence, defence = self.talent(year)
        rates = np.stack(
            [np.asarray(_AVERAGE[name])[self.position] for name in SKILLS], axis=1
        )
        for table, by in ((_OFFENCE_LOG, offence), (_DEFENCE_LOG, defence)):
            for name, size in table.items():
                rates[:, INDEX[name]] *= np.exp(size * by)
        for table, by in ((_OFFENCE, offence), (_DEFENCE, defence)):
            for name, size in table.items():
                rates[:, INDEX[name]] += size * by
        for name, size in _SPREAD_LOG.items():
            rates[:, INDEX[name]] *= np.exp(size * self.style[:, INDEX[name]])
        for name, size in _SPREAD.items():
            rates[:, INDEX[name]] += size * self.style[:, INDEX[name]]
        # Shots from three: a leaning on the logit scale, widest among big men.
        rates[:, INDEX["use"]] *= np.exp(0.45 * 2.0 * np.tanh(offence / 2.0))
        near = rates[:, INDEX["near"]]
        width = np.array([0.38, 0.34, 0.38, 0.48, 1.00])[self.position]
        leaning = np.log(near / (1 - near)) + width * self.style[:, INDEX["near"]]
        near_now = 1.0 / (1.0 + np.exp(-leaning))
        rates[:, INDEX["rim"]] *= (near_now / near) * np.exp(
            0.15 * self.style[:, INDEX["rim"]]
        )
        rates[:, INDEX["near"]] = near_now
        rates[:, INDEX["rim"]] = np.minimum(rates[:, INDEX["rim"]], 0.97 * near_now)
        rates[:, INDEX["ft"]] = np.clip(rates[:, INDEX["ft"]], 0.40, 0.95)
        return rates
