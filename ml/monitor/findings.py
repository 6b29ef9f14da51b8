"""What a review found: grades, scores, alarms, drift, and what did not run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ml.monitor.alarm import ADVICE, LEVELS, Night
from ml.monitor.drift import Moved
from ml.monitor.player_grades import PlayerWindow
from ml.monitor.tables import Brought
from ml.monitor.watchdog import Overdue
from ml.monitor.windows import Window
from ml.registry import Aliases


@dataclass(frozen=True, eq=False)
class PlayerReview:
    """How good players' forecasts were.

    Attributes
    ----------
    grades : DataFrame
        From `ml.monitor.player_grades.grade_players`.
    windows : list of PlayerWindow
        Scores of the last days and of the season.
    nights : list of Night
        The alarm's state after each day of the season.
    forecasts : list of Moved
        Drift of what is said of them.
    """

    grades: pd.DataFrame
    windows: list[PlayerWindow]
    nights: list[Night]
    forecasts: list[Moved]

    @property
    def level(self) -> str:
        """One of `ml.monitor.alarm.LEVELS`."""
        return self.nights[-1].level if self.nights else LEVELS[0]

    def as_dict(self) -> dict[str, Any]:
        """Return what another program wants to know, as JSON types."""
        last = self.nights[-1] if self.nights else None
        return {
            "level": self.level,
            "signal": last.signal if last else "",
            "worst": round(last.worst, 3) if last else 0.0,
            "n_graded": len(self.grades),
            "windows": [asdict(window) for window in self.windows],
            "moved_forecasts": [asdict(moved) for moved in self.forecasts],
        }


@dataclass(frozen=True, eq=False)
class Review:
    """The state of everything at a moment.

    Attributes
    ----------
    moment : datetime
        UTC.
    grades : DataFrame
        From `ml.monitor.grades.grade`.
    windows : list of Window
        Scores of the last days and of the season.
    nights : list of Night
        The alarm's state after each day.
    inputs, forecasts : list of Moved
        Drift of the model's features and of what it says.
    overdue : list of Overdue
        What did not run.
    tables : list of Brought
        What each table of the source last brought.
    aliases : dict of str to Aliases
        Champions and challengers by kind.
    players : PlayerReview
        The same of every player's forecast.
    """

    moment: datetime
    grades: pd.DataFrame
    windows: list[Window]
    nights: list[Night]
    inputs: list[Moved]
    forecasts: list[Moved]
    overdue: list[Overdue]
    tables: list[Brought]
    aliases: dict[str, Aliases]
    players: PlayerReview

    @property
    def team_level(self) -> str:
        """Of the teams' forecasts: one of `ml.monitor.alarm.LEVELS`."""
        return self.nights[-1].level if self.nights else LEVELS[0]

    @property
    def level(self) -> str:
        """The worse of the teams' and the players' levels."""
        return max(self.team_level, self.players.level, key=LEVELS.index)

    @property
    def worst(self) -> tuple[str, float]:
        """The signal that says most, and its size (standard deviations)."""
        of_players = LEVELS.index(self.players.level) > LEVELS.index(self.team_level)
        nights = self.players.nights if of_players else self.nights
        if not nights:
            return "", 0.0
        name = f"players: {nights[-1].signal}" if of_players else nights[-1].signal
        return name, nights[-1].worst

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should be called."""
        return LEVELS.index(self.level) >= LEVELS.index("degraded") or bool(
            self.overdue
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what another program wants to know, as JSON types."""
        signal, worst = self.worst
        return {
            "as_of": self.moment.isoformat(),
            "level": self.level,
            "advice": ADVICE[self.level],
            "signal": signal,
            "worst": round(worst, 3),
            "n_graded": len(self.grades),
            "windows": [asdict(window) for window in self.windows],
            "overdue": [asdict(each) for each in self.overdue],
            "tables": [asdict(each) for each in self.tables],
            "moved_inputs": [asdict(moved) for moved in self.inputs[:10]],
            "moved_forecasts": [asdict(moved) for moved in self.forecasts],
            "players": self.players.as_dict(),
        }
