"""Time and memory of a full slate: 15 games × 10,000 box scores, and its table.

python benchmarks/box_scores.py [n_games] [n_draws]
"""

import resource
import sys
import time

import numpy as np

from ml.boxscore.game_input import GameInput, TeamInput
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.boxscore.sample import draw_box_scores
from ml.boxscore.summary import summarise
from ml.models.team.score_distribution import ScoreDistribution

PER_MINUTE = [
    0.13,
    0.1,
    0.06,
    0.07,
    0.07,
    0.03,
    0.03,
    0.12,
    0.1,
    0.03,
    0.02,
    0.05,
    0.08,
]
SPREAD = MinutesSpread(
    np.array([5.0, 20.0, 35.0]),
    np.array([0.05, 0.5, 0.95]),
    np.array([[-4.0, -1.0, 8.0], [-11.0, 0.0, 11.0], [-9.0, 1.0, 6.0]]),
)
MINUTES = np.array([35, 34, 32, 30, 27, 24, 20, 18, 14, 9, 8, 6, 5, 4, 3], dtype=float)
PLAY_PROB = np.array(
    [0.96] * 7 + [0.9, 0.85, 0.6, 0.5, 0.3, 0.2, 0.1, 0.05], dtype=float
)


def inputs(team_id: int) -> TeamInput:
    expected = MINUTES[:, None] * np.array(PER_MINUTE)
    players = 100 * team_id + np.arange(len(MINUTES))
    given = np.full(len(MINUTES), np.nan)
    return TeamInput(team_id, players, PLAY_PROB, MINUTES, expected, given)


def main(n_games: int = 15, n_draws: int = 10_000) -> None:
    distribution = ScoreDistribution.from_moments(
        margin_mean=np.zeros(n_games),
        margin_sd=13.0,
        total_mean=228.0,
        total_sd=19.0,
        correlation=0.0,
        df=10.0,
    )
    drawing = reading = 0.0
    for game in range(n_games):
        start = time.process_time()
        points = distribution.sample(game, n_draws, random_state=game)
        both = GameInput(str(game), inputs(1), inputs(2))
        sample = draw_box_scores(both, points, SPREAD, random_state=game)
        drawn = time.process_time()
        summarise(sample)
        drawing += drawn - start
        reading += time.process_time() - drawn
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{n_games} games x {n_draws:,} draws, CPU seconds of one core")
    print(
        f"draw      {drawing:6.1f}\nsummarise {reading:6.1f}\npeak      {peak:6.2f} GB"
    )


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
