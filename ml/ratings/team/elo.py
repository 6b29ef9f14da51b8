"""The margin-aware Elo rating.

References
----------
Elo, A. (1978). The Rating of Chessplayers, Past and Present.
Silver, N. & Fischer-Baum, R. (2015). How We Calculate NBA Elo Ratings.
FiveThirtyEight.
"""

from __future__ import annotations


def elo_probability(difference: float) -> float:
    """Return P(home win) at a rating difference (Elo, 1978)."""
    return float(1.0 / (1.0 + 10.0 ** (-difference / 400.0)))


def elo_gain(difference: float, margin: float, step: float) -> float:
    """Return what the home side gains, and the away side loses, by a result.

    Parameters
    ----------
    difference : float
        Home rating + home advantage - away rating before the game.
    margin : float
        Home points - away points.
    step : float
        Step of an update (rating points).

    Returns
    -------
    float
        ``step · (|margin| + 3)^0.8 / (7.5 + 0.006 · d_winner) · (won - p)``.

    References
    ----------
    Silver & Fischer-Baum (2015). The denominator keeps strong teams, who win by more,
    from drifting upwards; it is bounded so that it cannot vanish.
    """
    of_winner = difference if margin > 0 else -difference
    size = (abs(margin) + 3.0) ** 0.8 / max(7.5 + 0.006 * of_winner, 1.0)
    return float(step * size * (float(margin > 0) - elo_probability(difference)))
