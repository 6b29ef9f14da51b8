"""The lines of players whom the joint sample hardly ever lets play.

What is said *given that he plays* needs draws in which he does. Who is as good as out,
or has no earlier tie to the team, has none or few: his line is drawn by itself, from
the same minutes and rates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.sample import BoxSample, box_columns
from ml.boxscore.stats import BOX, DRAWN
from ml.models.player.expected import drawn_counts


def draw_alone(
    game_id: str,
    rows: pd.DataFrame,
    spread: MinutesSpread,
    *,
    n_draws: int,
    random_state: int,
) -> BoxSample:
    """Draw players' lines given that they play, each by himself.

    Parameters
    ----------
    game_id : str
        The game.
    rows : DataFrame, shape (n_players, ...)
        ``team_id, player_id`` and the columns of `BoxScoreModel.expect`.
    spread : MinutesSpread
        Residuals of minutes.
    n_draws : int
        Number of draws.
    random_state : int
        Seed.
    """
    rng = np.random.default_rng(random_state)
    centre = rows["min"].to_numpy(float)
    expected = drawn_counts(rows)
    size = (n_draws, len(rows))
    drawn = centre + spread.draw(centre, rng.random(size))
    played = np.rint(np.clip(drawn, 1.0, 48.0)).astype(np.int64)
    share = played / np.maximum(played.mean(axis=0), 1.0)
    counts = {
        name: rng.poisson(expected[:, place] * share)
        for place, name in enumerate(DRAWN)
    }
    counts["pf"] = np.minimum(counts["pf"], 6)
    box = box_columns(counts | {"min": played})
    return BoxSample(
        game_id=game_id,
        team_id=rows["team_id"].to_numpy(np.int64),
        player_id=rows["player_id"].to_numpy(np.int64),
        points=np.zeros((n_draws, 2), dtype=np.int64),
        overtimes=np.zeros(n_draws, dtype=np.int64),
        box={name: box[name].astype(np.int16) for name in BOX},
    )
