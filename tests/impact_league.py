"""A small random league of stints and box scores."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from ml.ingest.playbyplay.stints import STINT_COLUMNS
from ml.ratings.player.design import STATISTICS

N_PLAYERS = 24
DATES = pd.date_range("2021-11-01", periods=12, freq="9D")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small systems: more threads wait for one another, on a busy machine for long."""
    with threadpool_limits(1, "blas"):
        yield


def league(seed=0, *, n_games=1, stints_per_game=12, truth=None):
    """Random stints between random tens; points follow the true ratings."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((2, N_PLAYERS)) if truth is None else truth
    rows, games, box = [], [], []
    for day, date in enumerate(DATES):
        for one in range(n_games):
            game_id = f"{day:04d}{one:02d}"
            games.append({"game_id": game_id, "game_date": date})
            # The last players arrive late.
            pool = N_PLAYERS if day > 6 else N_PLAYERS - 4
            roster = rng.permutation(pool)[:20]
            scored = np.zeros(2, dtype=int)
            for stint in range(stints_per_game):
                ten = np.r_[rng.permutation(10)[:5], 10 + rng.permutation(10)[:5]]
                home, away = np.sort(roster[ten[:5]]), np.sort(roster[ten[5:]])
                poss = rng.integers(0, 9, 2)
                quality = [
                    truth[0, home].sum() - truth[1, away].sum(),
                    truth[0, away].sum() - truth[1, home].sum(),
                ]
                mean = np.maximum(poss * (1.1 + np.array(quality) / 100), 0)
                points = rng.poisson(mean)
                scored += points
                ids = 100 + np.r_[home, away]
                clock = (1, 60 * stint, 60 * stint + 60, 60)
                rows.append((game_id, stint, *clock, *ids, *points, *poss))
            counts = rng.integers(0, 9, (20, len(STATISTICS)))
            frame = pd.DataFrame(counts, columns=list(STATISTICS))
            sides = [rng.multinomial(points, np.full(10, 0.1)) for points in scored]
            box.append(
                frame.assign(
                    player_id=100 + roster,
                    min=24,
                    game_id=game_id,
                    is_home=np.arange(20) < 10,
                    pts=np.concatenate(sides),
                    plus_minus=np.nan,
                )
            )
    stats = pd.concat(box, ignore_index=True).eval(
        "fgm = fg2m + fg3m\nfga = fg2a + fg3a"
    )
    return pd.DataFrame(rows, columns=list(STINT_COLUMNS)), pd.DataFrame(games), stats


BIRTHS = pd.DataFrame(
    {"player_id": 100 + np.arange(N_PLAYERS), "birthdate": ["1995-03-01", None] * 12}
)
