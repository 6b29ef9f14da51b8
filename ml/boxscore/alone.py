"""The line of a player whom the joint sample hardly ever lets play.

What is said *given that he plays* needs draws in which he does. Who is as good as out,
or has no earlier tie to the team, has none or few: his line is drawn by itself, from
the same minutes and rates.
"""

from __future__ import annotations

import numpy as np

from ml.boxscore.rotation import MinutesSpread
from ml.boxscore.sample import BoxSample, box_columns
from ml.boxscore.sheet import Floats
from ml.boxscore.stats import BOX, DRAWN


def draw_alone(
    *,
    game_id: str,
    team_id: int,
    player_id: int,
    minutes: float,
    expected: Floats,
    spread: MinutesSpread,
    n_draws: int,
    random_state: int,
) -> BoxSample:
    """Draw one player's lines given that he plays.

    Parameters
    ----------
    game_id, team_id, player_id : str, int, int
        Who and where.
    minutes : float
        Expected minutes.
    expected : ndarray, shape (13,)
        Expected count of each of `DRAWN`.
    spread : MinutesSpread
        Residuals of minutes.
    n_draws : int
        Number of draws.
    random_state : int
        Seed.
    """
    rng = np.random.default_rng(random_state)
    centre = np.array([minutes])
    drawn = centre + spread.draw(centre, rng.random((n_draws, 1)))
    played = np.rint(np.clip(drawn, 1.0, 48.0)).astype(np.int64)
    counts = {
        name: rng.poisson(mean * played / played.mean())
        for name, mean in zip(DRAWN, expected, strict=True)
    }
    counts["pf"] = np.minimum(counts["pf"], 6)
    box = box_columns(counts | {"min": played})
    return BoxSample(
        game_id=game_id,
        team_id=np.array([team_id]),
        player_id=np.array([player_id]),
        points=np.zeros((n_draws, 2), dtype=np.int64),
        overtimes=np.zeros(n_draws, dtype=np.int64),
        box={name: box[name].astype(np.int16) for name in BOX},
    )
