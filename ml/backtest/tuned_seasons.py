"""Which seasons had a say in the numbers of the code (docs/parameters.md)."""

from __future__ import annotations

from collections.abc import Sequence

# Numbers that stand in the code were measured on earlier seasons than this.
FIRST_SCORED = "2019-20"
# Settings were chosen by forecasts of seasons up to this one.
CHOSEN_UNTIL = "2022-23"


def seen_before(seasons: Sequence[str]) -> str:
    """Say what in the code knew the seasons of a backtest.

    Parameters
    ----------
    seasons : sequence of str
        Such as ``2022-23``.

    Returns
    -------
    str
        Empty where nothing did. A league of other years than the NBA's is not concerned
        and may be told so in vain.
    """
    if any(season < FIRST_SCORED for season in seasons):
        return (
            "numbers in the code were measured on seasons to 2018-19: earlier scores "
            "flatter"
        )
    known = sorted(season for season in seasons if season <= CHOSEN_UNTIL)
    if known:
        return (
            f"settings were chosen on seasons to {CHOSEN_UNTIL}: only later ones are "
            "a test of the choice"
        )
    return ""
