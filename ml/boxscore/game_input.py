"""What is expected of one game before a box score is drawn: its input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ml.arrays import Floats, Ints
from ml.boxscore.stats import DRAWN
from ml.errors import ModelError

# Minutes that somebody may be supposed to play on average.
_EXPECTED_RANGE = (1.0, 46.0)


@dataclass(frozen=True)
class TeamInput:
    """The players who could play for one side, and what each is expected to do.

    Attributes
    ----------
    team_id : int
        The side.
    player_id : ndarray of int, shape (n_players,)
        Everyone who could play.
    play_prob : ndarray, shape (n_players,)
        P(plays), 0-1.
    minutes : ndarray, shape (n_players,)
        Expected minutes of a game without overtime, given that he plays.
    expected : ndarray, shape (n_players, 13)
        Expected count of each of `DRAWN`, given that he plays his expected minutes.
    fixed_minutes : ndarray, shape (n_players,)
        Minutes that are given (a what-if), NaN where they are drawn.
    """

    team_id: int
    player_id: Ints
    play_prob: Floats
    minutes: Floats
    expected: Floats
    fixed_minutes: Floats

    def __post_init__(self) -> None:
        shapes = (self.play_prob.shape, self.minutes.shape, self.fixed_minutes.shape)
        size = self.player_id.shape
        if any(shape != size for shape in shapes) or self.expected.shape != (
            *size,
            len(DRAWN),
        ):
            raise ModelError(
                f"team {self.team_id}: columns of its input differ in length"
            )
        if size[0] < 5:
            raise ModelError(
                f"team {self.team_id} has {size[0]} players who could play",
                "a side needs five: check the roster and the injury report",
            )
        for name in ("play_prob", "minutes", "expected"):
            if not np.isfinite(getattr(self, name)).all():
                raise ModelError(f"team {self.team_id}: {name} is not finite")
        if not ((self.play_prob >= 0.0) & (self.play_prob <= 1.0)).all():
            raise ModelError(f"team {self.team_id}: a P(plays) is outside 0-1")
        if not (self.minutes > 0.0).all() or not (self.expected >= 0.0).all():
            raise ModelError(f"team {self.team_id}: expected minutes or counts below 0")

    def with_player(
        self, player_id: int, *, play_prob: float, minutes: float | None = None
    ) -> TeamInput:
        """Return the input with one player's part given.

        Parameters
        ----------
        player_id : int
            Who.
        play_prob : float
            P(plays), 0-1.
        minutes : float, optional
            His minutes; drawn where absent.

        Raises
        ------
        ModelError
            If he is not in the input.
        """
        who = self.player_id == player_id
        if not who.any():
            raise ModelError(
                f"player {player_id} is not among those who could play for team "
                f"{self.team_id}"
            )
        fixed = np.where(
            who, np.nan if minutes is None else minutes, self.fixed_minutes
        )
        return replace(
            self,
            play_prob=np.where(who, play_prob, self.play_prob),
            fixed_minutes=fixed,
        )

    def with_minutes_scaled(self, factors: Mapping[int, float]) -> TeamInput:
        """Return the input with players' expected minutes, and counts, multiplied.

        Parameters
        ----------
        factors : Mapping of int to float
            By player; others stay as they are. Nobody is expected to play less than a
            minute, or more than 46, for it.
        """
        asked = np.array([factors.get(int(who), 1.0) for who in self.player_id])
        moved = np.clip(self.minutes * asked, *_EXPECTED_RANGE)
        minutes = np.where(asked == 1.0, self.minutes, moved)
        counts = self.expected * (minutes / self.minutes)[:, None]
        return replace(self, minutes=minutes, expected=counts)


@dataclass(frozen=True)
class GameInput:
    """Both sides of one game.

    Attributes
    ----------
    game_id : str
        The game.
    home, away : TeamInput
        The sides.
    """

    game_id: str
    home: TeamInput
    away: TeamInput
