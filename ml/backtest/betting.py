"""What bets at the closing price would have returned.

The closing price is the hardest to beat, and a profit over a few hundred bets says
little: read the calibration first.

References
----------
Kelly, J. (1956). A new interpretation of information rate.
Shin, H. (1993). Measuring the incidence of insider trading in a market for
state-contingent claims. Economic Journal 103.
Clarke, S., Kovalchik, S. & Ingram, M. (2017). Adjusting bookmaker's odds to allow for
overround. American Journal of Sports Science 5 (the power method).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize

from ml.arrays import Floats
from ml.metrics.comparison import Estimate
from ml.pricing.odds import decimal_odds

Method = Literal["multiplicative", "power", "shin"]
METHODS: tuple[Method, ...] = ("multiplicative", "power", "shin")
# A bet is placed where its expected return is at least this.
MIN_EDGE = 0.02
KELLY_SHARE = 0.25
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Bets:
    """Bets of one kind.

    Attributes
    ----------
    kind : str
        What was bet on, and how much.
    n_bets : int
        How many.
    staked : float
        Sum of the stakes (units).
    profit : Estimate
        Per unit staked, with a 90 % bootstrap interval over bets.
    """

    kind: str
    n_bets: int
    staked: float
    profit: Estimate

    @property
    def is_distinct(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.profit.lower > 0.0 or self.profit.upper < 0.0


def fair_probability(home: Floats, away: Floats, method: Method) -> Floats:
    """Take the bookmaker's margin out of two prices.

    Parameters
    ----------
    home, away : ndarray, shape (n_games,)
        Decimal odds.
    method : {"multiplicative", "power", "shin"}
        How the margin lies on the two sides: in proportion, as a power, or as if
        against insiders (for two outcomes the same as an equal margin on both).

    Returns
    -------
    ndarray, shape (n_games,)
        P(home win).
    """
    p, q = 1.0 / home, 1.0 / away
    if method == "multiplicative":
        return np.asarray(p / (p + q))
    if method == "shin":
        return np.asarray(np.clip((p - q + 1.0) / 2.0, 1e-6, 1.0 - 1e-6))

    def power(first: float, second: float) -> float:
        k = optimize.brentq(lambda k: first**k + second**k - 1.0, 0.5, 5.0)
        return float(first**k)

    return np.array([power(a, b) for a, b in zip(p, q, strict=True)])


def bet(table: pd.DataFrame, *, random_state: int) -> tuple[Bets, ...]:
    """Bet where we expect a return, a unit each and a quarter of Kelly's stake.

    Parameters
    ----------
    table : DataFrame
        ``home_margin, ours_home_win_prob, moneyline_home, moneyline_away`` (American);
        games without prices are passed over.
    random_state : int
        Seed of the intervals.

    Returns
    -------
    tuple of Bets
        Empty where no price is given.
    """
    priced = table.dropna(subset=["moneyline_home", "moneyline_away"])
    if priced.empty:
        return ()
    won = priced["home_margin"].to_numpy(float) > 0.0
    prob = priced["ours_home_win_prob"].to_numpy(float)
    home = decimal_odds(priced["moneyline_home"])
    away = decimal_odds(priced["moneyline_away"])
    # The side with the larger expected return; never both.
    on_home = prob * home >= (1.0 - prob) * away
    odds = np.where(on_home, home, away)
    chance = np.where(on_home, prob, 1.0 - prob)
    edge = chance * odds - 1.0
    placed = edge >= MIN_EDGE
    returns = np.where(on_home == won, odds - 1.0, -1.0)[placed]
    kelly = KELLY_SHARE * (edge / (odds - 1.0))[placed]
    flat = np.ones(int(placed.sum()))
    return (
        _bets("moneyline, one unit", flat, returns, random_state),
        _bets("moneyline, quarter Kelly", kelly, returns, random_state),
    )


def _bets(kind: str, stakes: Floats, returns: Floats, random_state: int) -> Bets:
    if not len(stakes):
        return Bets(kind, 0, 0.0, Estimate(0.0, 0.0, 0.0))
    rng = np.random.default_rng(random_state)
    rows = rng.integers(0, len(stakes), (N_RESAMPLES, len(stakes)))
    resampled = (stakes * returns)[rows].sum(axis=1) / stakes[rows].sum(axis=1)
    lower, upper = np.quantile(resampled, [0.05, 0.95])
    value = float((stakes * returns).sum() / stakes.sum())
    profit = Estimate(value, float(lower), float(upper))
    return Bets(kind, len(stakes), float(stakes.sum()), profit)
