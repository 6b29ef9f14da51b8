"""Bookmakers' odds: read in either form, and what a bet at them is worth.

References
----------
Kelly, J. (1956). A new interpretation of information rate.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.arrays import Floats
from ml.errors import SettingsError

# No book pays more for a unit, and a mistyped line is longer.
_LONGEST_ODDS = 100_000.0
_AMERICAN = re.compile(r"[+-]?[0-9]{1,7}(?:\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,6})?", re.ASCII)
_EVEN = {"even", "evens", "ev", "evs"}


def decimal_odds(american: npt.ArrayLike) -> Floats:
    """Return what a unit staked pays back: +150 is 2.5, -200 is 1.5."""
    price = np.asarray(american, dtype=float)
    return np.where(price > 0, 1.0 + price / 100.0, 1.0 + 100.0 / np.abs(price))


def american_odds(decimal: float) -> int:
    """Return the nearest American odds: 2.5 is +150, 1.5 is -200."""
    price = (decimal - 1.0) * 100.0 if decimal >= 2.0 else -100.0 / (decimal - 1.0)
    return round(price)


def read_odds(text: str) -> float:
    """Read American or decimal odds.

    Parameters
    ----------
    text : str
        ``-110``, ``+150``, ``250`` (100 and more is American), ``1.91``, ``1,91``,
        ``even``.

    Returns
    -------
    float
        Decimal odds: what a unit staked pays back, more than 1.

    Raises
    ------
    SettingsError
        If the text is neither, or pays nothing.

    Examples
    --------
    >>> read_odds("+150"), read_odds("1.91")
    (2.5, 1.91)
    """
    # A minus sign as typesetters write it.
    cleaned = text.strip().casefold().replace("\N{MINUS SIGN}", "-")
    if cleaned in _EVEN:
        return 2.0
    signed = cleaned.startswith(("+", "-"))
    if _AMERICAN.fullmatch(cleaned) and (signed or float(cleaned) >= 100.0):
        american = float(cleaned)
        odds = float(decimal_odds(american)) if abs(american) >= 100.0 else math.nan
    elif _DECIMAL.fullmatch(cleaned):
        odds = float(cleaned.replace(",", "."))
    else:
        odds = math.nan
    if not 1.0 < odds <= _LONGEST_ODDS:
        raise SettingsError(
            f"odds {text.strip()[:40]!r} cannot be read",
            "American odds are -110 or +150 (100 and more), decimal ones 1.91",
        )
    return odds


@dataclass(frozen=True)
class Worth:
    """What a bet at given odds is worth.

    Attributes
    ----------
    implied_prob : float
        At which the bet returns what was staked; holds the book's margin.
    edge : float
        Our probability less `implied_prob`.
    expected_value : float
        Expected profit for a unit staked, pushes and all.
    stake : float
        Share of the bankroll: a share of Kelly's stake, capped; 0 where the expected
        value is not above 0.
    """

    implied_prob: float
    edge: float
    expected_value: float
    stake: float


def worth(
    prob: float, push_prob: float, odds: float, *, kelly_share: float, most: float
) -> Worth:
    """Say what a bet is worth.

    Parameters
    ----------
    prob : float
        P(it wins, where it is decided), 0-1.
    push_prob : float
        P(the stake comes back), 0-1.
    odds : float
        Decimal odds.
    kelly_share : float
        Share of Kelly's stake, 0-1: a whole stake trusts the probability wholly.
    most : float
        Largest share of the bankroll.
    """
    decided = 1.0 - push_prob
    value = decided * (prob * odds - 1.0)
    # Log-optimal: given that it is decided, pushes change nothing.
    kelly = (prob * odds - 1.0) / (odds - 1.0)
    stake = min(max(kelly_share * kelly, 0.0), most)
    return Worth(1.0 / odds, prob - 1.0 / odds, value, stake)
