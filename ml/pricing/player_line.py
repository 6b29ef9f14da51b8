"""What one line on a player is worth, given that he plays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ml.boxscore.query import LARGEST, evaluate
from ml.boxscore.sample import BoxSample
from ml.boxscore.summary import LEVELS, means, quantiles, tally
from ml.errors import SettingsError


def check_line(stat: str, line: float | None) -> None:
    """Refuse a line beyond any number of a box score, or below all of them."""
    if line is None:
        return
    if not abs(line) <= LARGEST:
        raise SettingsError(f"a line of {line} is no line", f"from 0 to {LARGEST:,}")
    # What is subtracted or multiplied by a number below zero can be below it.
    if line < 0 and "-" not in stat:
        raise SettingsError(
            f"a line of {line:g} on {stat[:40]} is below zero",
            "a spread can be, and a difference such as reb-pts",
        )


def price_player_line(
    sample: BoxSample, player_id: int, name: str, stat: str, line: float | None
) -> dict[str, float]:
    """Price a line on one player, or describe his distribution.

    Parameters
    ----------
    sample : BoxSample
        Draws of his game.
    player_id : int
        Who.
    name : str
        What he is called, for messages.
    stat : str
        An expression, as `ml.boxscore.query.evaluate` takes it.
    line : float, optional
        The line; none for a yes or no, and for the distribution alone.

    Returns
    -------
    dict of str to float
        ``play_prob``; of a yes or no ``prob`` and ``fair_odds``; of a number ``mean``,
        quantiles, and with a line ``over, under, push`` and fair decimal odds.

    Raises
    ------
    SettingsError
        If the expression or the line cannot be used, or he plays in no draw.
    """
    his = sample.of_player(player_id)
    values, plays = evaluate(his, stat)[:, 0], his.plays[:, 0]
    if not plays.any():
        raise SettingsError(
            f"{name} does not play in any of {len(plays):,} draws",
            "tipoff what-if --minutes NAME=24 supposes that he does",
        )
    return {"play_prob": float(plays.mean()), **price(values[plays], stat, line)}


def price(values: npt.NDArray[Any], stat: str, line: float | None) -> dict[str, float]:
    """Return probabilities and fair decimal odds; a whole line can be a push."""
    check_line(stat, line)
    if values.dtype == bool:
        if line is not None:
            raise SettingsError(f"{stat!r} is a yes or no", "leave --line out")
        return {"prob": float(values.mean())} | _odds("fair_odds", values.mean())
    answer = _described(values)
    if line is None:
        return answer
    over, under = float((values > line).mean()), float((values < line).mean())
    push = float((values == line).mean())
    answer |= {"line": line, "over": over, "under": under, "push": push}
    decided = max(over + under, 1e-12)
    return (
        answer
        | _odds("fair_odds_over", over / decided)
        | _odds("fair_odds_under", under / decided)
    )


def _described(values: npt.NDArray[Any]) -> dict[str, float]:
    """Return the mean and quantiles; a count's are those of `summarise`."""
    names = [f"p{round(100 * level)}" for level in LEVELS]
    if (values % 1 != 0).any():
        found = np.quantile(values, LEVELS).tolist()
        return {"mean": float(values.mean()), **dict(zip(names, found, strict=True))}
    # A difference can be below zero, where a tally begins.
    least = min(int(values.min()), 0)
    counts = tally(values[:, None].astype(int) - least)
    found = [float(quantiles(counts, level)[0]) + least for level in LEVELS]
    mean = float(means(counts)[0]) + least
    return {"mean": mean, **dict(zip(names, found, strict=True))}


def _odds(name: str, prob: float) -> dict[str, float]:
    """Return decimal odds, or nothing where the draws never saw it."""
    return {name: float(1.0 / prob)} if prob > 0.0 else {}
