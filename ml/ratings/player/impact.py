"""Dated impact ratings: what each player was known to be worth after every date."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from ml.arrays import Ints
from ml.ratings.player.box import births_of
from ml.ratings.player.design import build_design, dated
from ml.ratings.player.rater import RATED, ImpactSettings, Rater, Ratings

RATING_COLUMNS = ("rating_date", "player_id", *RATED)

# So that also no ratings have their types.
_NOBODY = np.empty(0, dtype=np.int64)
_NOTHING = np.empty(0, dtype=np.float64)


def rate_players(
    stints: pd.DataFrame,
    games: pd.DataFrame,
    player_game_stats: pd.DataFrame,
    births: pd.DataFrame,
    *,
    settings: ImpactSettings | None = None,
    dates: Collection[np.datetime64] | None = None,
    with_sd: bool = True,
) -> pd.DataFrame:
    """Rate every active player after every date with games.

    The rating of a date uses the games of that date and of those before it, nothing
    later: stints regressed on the ten players and on the score at their beginning,
    shrunken to a prior that box scores predicted. A game without stints is regressed as
    a whole on everybody's share of it, which tells less and leaves a wider deviation. A
    player who is new to the league
    starts at what new players were worth; over a summer ratings move with age and fade
    towards the prior.

    Parameters
    ----------
    stints : DataFrame
        Columns of `ml.ingest.playbyplay.stints.STINT_COLUMNS`; there need not be any.
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

    Returns
    -------
    DataFrame
        One row per date and player, `RATING_COLUMNS`: points per 100 possessions
        against the average player on court, more is better, also in defence;
        exposure in units of 100 faded possessions, both ends.
    """
    has_stints = player_game_stats["game_id"].isin(stints["game_id"])
    design = build_design(
        dated(stints, games),
        dated(player_game_stats.assign(has_stints=has_stints), games),
    )
    rater = Rater(
        len(design.players),
        births_of(births, design.players),
        settings or ImpactSettings(),
    )
    rated: list[tuple[np.datetime64, Ratings]] = []
    for day, n_known in zip(design.days, design.n_known, strict=True):
        rater.add(day, design.boxes.get(day.date), n_known)
        if dates is None or day.date in dates:
            rated.append((day.date, rater.rate(with_sd=with_sd)))
    return rating_frame(rated, design.players)


def rating_frame(
    rated: Sequence[tuple[np.datetime64, Ratings]], players: Ints
) -> pd.DataFrame:
    """Put the ratings of many dates into one frame.

    Parameters
    ----------
    rated : sequence of (numpy.datetime64, Ratings)
        Dates and their ratings.
    players : ndarray of int, shape (n_players,)
        The ids that indices mean.

    Returns
    -------
    DataFrame
        `RATING_COLUMNS`.
    """
    sizes = [len(ratings.index) for _, ratings in rated]
    dates = np.array([date for date, _ in rated], dtype="datetime64[s]")
    index = np.concatenate([_NOBODY, *(ratings.index for _, ratings in rated)])
    columns = {
        name: np.concatenate([_NOTHING, *(one.columns[name] for _, one in rated)])
        for name in RATED
    }
    return pd.DataFrame(
        {"rating_date": np.repeat(dates, sizes), "player_id": players[index], **columns}
    )
