"""What moves when a player is out, or his minutes are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from ml.boxscore.game_input import GameInput
from ml.boxscore.sample import BoxSample
from ml.boxscore.stats import BOX
from ml.boxscore.summary import column
from ml.errors import SettingsError
from ml.models.team.forecasts import TeamForecasts

_TEAM_MINUTES = 240.0
# What is said of a game.
GAME = ("home_win_prob", "margin_mean", "total_mean", "home_pts_mean", "away_pts_mean")


@dataclass(frozen=True)
class Scenario:
    """What is supposed of one game.

    Attributes
    ----------
    out : tuple of int
        Players who do not play.
    minutes : Mapping of int to float
        Players who play so long.
    factors : Mapping of int to float
        Players whose expected minutes are so many times what was forecast, and still
        drawn; from `ml.boxscore.lineup.minute_factors`.
    """

    out: tuple[int, ...] = ()
    minutes: Mapping[int, float] = field(default_factory=dict)
    factors: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.out or self.minutes or self.factors):
            raise SettingsError(
                "nothing is supposed",
                "give out, minutes, starts, foul-trouble or bench",
            )
        both = set(self.out) & set(self.minutes)
        if both:
            raise SettingsError(
                f"players {sorted(both)} are both out and given minutes"
            )
        for player, minutes in self.minutes.items():
            if not 1.0 <= minutes <= 48.0:
                raise SettingsError(
                    f"minutes must be 1-48, got {minutes} for player {player}"
                )

    @property
    def play_prob(self) -> dict[int, float]:
        """P(plays) of those it speaks of, as `BoxScoreModel.expect` takes it."""
        return dict.fromkeys(self.out, 0.0) | dict.fromkeys(self.minutes, 1.0)


def apply_scenario(inputs: GameInput, scenario: Scenario) -> GameInput:
    """Return the input under a scenario.

    The input should come from `BoxScoreModel.expect` with the scenario's
    ``play_prob``, so that what teammates gain is what real absences taught.

    Raises
    ------
    ModelError
        If a player is on neither side.
    SettingsError
        If players of a side are given more minutes than a game has.
    """
    for side in (inputs.home, inputs.away):
        given = sum(scenario.minutes.get(int(who), 0.0) for who in side.player_id)
        if given > _TEAM_MINUTES:
            raise SettingsError(
                f"players of one team are given {given:g} minutes together",
                f"a game without overtime has {_TEAM_MINUTES:g}",
            )
    sides = {
        name: side.with_minutes_scaled(scenario.factors)
        for name, side in (("home", inputs.home), ("away", inputs.away))
    }
    for player, prob in scenario.play_prob.items():
        on_away = (inputs.away.player_id == player).any()
        name = "away" if on_away else "home"
        sides[name] = sides[name].with_player(
            player, play_prob=prob, minutes=scenario.minutes.get(player)
        )
    return replace(inputs, home=sides["home"], away=sides["away"])


def compare_scores(
    before: TeamForecasts, after: TeamForecasts, game_id: str
) -> pd.DataFrame:
    """Put two forecasts of a game side by side.

    Returns
    -------
    DataFrame, shape (5, 4)
        ``what`` (`GAME`), ``before, after, change``.
    """
    rows = [
        forecasts.to_frame().set_index("game_id").loc[game_id, list(GAME)].astype(float)
        for forecasts in (before, after)
    ]
    table = pd.DataFrame(dict(zip(("before", "after"), rows, strict=True)))
    table = table.assign(change=table["after"] - table["before"])
    return table.rename_axis("what").reset_index()


def compare(before: BoxSample, after: BoxSample) -> pd.DataFrame:
    """Put two samples of a game side by side.

    Returns
    -------
    DataFrame
        One row a player and column of a box score: ``team_id, player_id, stat,
        before, after, change``, means over all draws (games missed count as zero).
    """
    rows = []
    for name in BOX:
        then = pd.Series(column(before, name).mean(axis=0), index=before.player_id)
        now = pd.Series(column(after, name).mean(axis=0), index=after.player_id)
        rows.append(
            pd.DataFrame(
                {
                    "team_id": before.team_id,
                    "player_id": before.player_id,
                    "stat": name,
                    "before": then.to_numpy(),
                    "after": now.reindex(before.player_id).to_numpy(),
                }
            )
        )
    table = pd.concat(rows, ignore_index=True)
    return table.assign(change=table["after"] - table["before"])
