"""A month of games, drawn and scored: what one process does, and what is kept of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from ml.arrays import Ints
from ml.backtest.kept import key_of, taken_or_made, write_frame
from ml.backtest.player.draws import DrawScorer
from ml.boxscore.identities import check_identities
from ml.boxscore.minutes_allocation import MinutesSpread
from ml.models.player.forecasts import Drawn, forecast_players, game_seed
from ml.models.team.score_distribution import ScoreDistribution
from ml.system.executor import executor_of, in_order

# Correlation of margin and total, and the tails, of all seasons to 2022-23.
_CORRELATION, _DF = 0.0, 12.0
# A pool of processes pays from so many months on.
_WORTH_A_POOL = 3


@dataclass(frozen=True, eq=False)
class MonthDraws:
    """What is kept of a month's draws.

    Attributes
    ----------
    forecasts : DataFrame, shape (n_players, ...)
        `ml.boxscore.summary.summarise` of everyone who could play.
    scored : DataFrame, shape (n_lines, ...)
        `DrawScorer.scored` of those who played.
    league : DataFrame, shape (n_drawn_lines, ...)
        `DrawScorer.league`.
    """

    forecasts: pd.DataFrame
    scored: pd.DataFrame
    league: pd.DataFrame


@dataclass(frozen=True, eq=False)
class PlayerMonth:
    """Games to draw.

    Attributes
    ----------
    season, month : str
        ``2022-23``, ``2023-01`` (US/Eastern).
    expected : DataFrame, shape (n_rows, ...)
        ``game_id, team_id, player_id, is_candidate, is_home`` and the columns of
        `BoxScoreModel.expect`.
    teams : DataFrame, shape (n_games, ...)
        Forecasts of the games: means and spreads of margin and total.
    lines : DataFrame, shape (n_appearances, ...)
        What those who played did, for the scorer.
    spread : MinutesSpread
        Residuals of minutes.
    n_draws, random_state : int
        Draws a game; seed.
    """

    season: str
    month: str
    expected: pd.DataFrame
    teams: pd.DataFrame
    lines: pd.DataFrame
    spread: MinutesSpread
    n_draws: int
    random_state: int

    @property
    def key(self) -> str:
        """Its name, which changes with any value that is drawn from or scored."""
        return key_of(
            f"players_{self.season}_{self.month}",
            *(self.n_draws, self.random_state, self.spread.residuals.tobytes().hex()),
            *(self.expected, self.teams, self.lines),
        )

    def final_scores(self) -> Callable[[str], Ints]:
        """Return what draws the final scores of a game, shape (n_draws, 2)."""
        teams = self.teams
        distribution = ScoreDistribution.from_moments(
            margin_mean=teams["margin_mean"].to_numpy(float),
            margin_sd=teams["margin_sd"].to_numpy(float),
            total_mean=teams["total_mean"].to_numpy(float),
            total_sd=teams["total_sd"].to_numpy(float),
            correlation=_CORRELATION,
            df=_DF,
        )
        places = {str(game): place for place, game in enumerate(teams["game_id"])}

        def final_scores(game_id: str) -> Ints:
            seed = game_seed(self.random_state, game_id)
            return distribution.sample(places[game_id], self.n_draws, random_state=seed)

        return final_scores

    def home_team_id(self) -> dict[str, int]:
        """Return the side at home, by game."""
        at_home = self.expected[self.expected["is_home"] == 1.0]
        return dict(zip(at_home["game_id"], at_home["team_id"], strict=True))

    def draw(self) -> MonthDraws:
        """Draw every game.

        Raises
        ------
        ModelError
            If an identity of a box score is broken in any draw.
        """
        scorer = DrawScorer(self.lines)

        def take(drawn: Drawn) -> None:
            check_identities(drawn.sample)
            scorer(drawn)

        forecasts = forecast_players(
            self.expected,
            self.home_team_id(),
            self.final_scores(),
            self.spread,
            random_state=self.random_state,
            each=take,
        )
        return MonthDraws(
            forecasts.assign(season=self.season), scorer.scored(), scorer.league()
        )


def draw_months(
    months: Sequence[PlayerMonth],
    *,
    store: Path | None = None,
    say: Callable[[str], None] | None = None,
    n_processes: int | None = None,
    executor: Executor | None = None,
) -> list[MonthDraws]:
    """Draw months, several at once.

    Parameters
    ----------
    months : sequence of PlayerMonth
        What to draw.
    store : Path, optional
        Folder where every month is kept; one that is there, drawn from the same
        values, is taken from it, so that a killed run goes on where it was.
    say : callable, optional
        Told of every month.
    n_processes : int, optional
        How many at once; as many as there are cores where absent.
    executor : Executor, optional
        Who draws (`ml.system.executor`); `n_processes` of this machine where absent.

    Returns
    -------
    list of MonthDraws
        In the order of `months`; the same with any number of processes.
    """

    def make(lacking: list[int]) -> Iterator[MonthDraws]:
        chosen = [months[place] for place in lacking]
        return _drawn(chosen, n_processes or os.cpu_count() or 1, executor)

    # By the file that is written last: where it is, all are.
    last = fields(MonthDraws)[0].name
    keys = [f"{one.key}.{last}" if store else "" for one in months]
    found = []
    for one, draws in zip(
        months, taken_or_made(store, keys, make, read=_read, write=_keep), strict=True
    ):
        found.append(draws)
        if say:
            say(f"{one.month}: players of {one.teams['game_id'].nunique()} games")
    return found


def _drawn(
    months: Sequence[PlayerMonth], most: int, executor: Executor | None
) -> Iterator[MonthDraws]:
    n_processes = min(most, len(months))
    if executor is not None or n_processes < 2 or len(months) < _WORTH_A_POOL:
        yield from in_order(executor, PlayerMonth.draw, months)
        return
    with executor_of(n_processes) as pool:
        yield from in_order(pool, PlayerMonth.draw, months)


def _keep(draws: MonthDraws, path: Path) -> None:
    for part in reversed(fields(draws)):
        write_frame(getattr(draws, part.name), path.with_suffix(f".{part.name}"))


def _read(path: Path) -> MonthDraws:
    parts = (path.with_suffix(f".{part.name}") for part in fields(MonthDraws))
    return MonthDraws(*(pd.read_parquet(part) for part in parts))
