"""The players of a day's games: who could play, and what is expected of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ml.arrays import Bools
from ml.boxscore.sample import BoxSample, draw_box_scores
from ml.errors import MissingError
from ml.features.datasets import as_of_frame
from ml.features.manifest import read_catalog
from ml.features.spines import PLAYER_GAME
from ml.ingest.contract import known_after
from ml.models.player.expected import game_input
from ml.models.player.features import candidate_rows
from ml.models.player.forecasts import Drawn, forecast_players, game_seed
from ml.models.player.model import BoxScoreModel
from ml.predict.expectations import check_players
from ml.predict.slate import Slate, read_players, read_teams
from ml.predict.what_if import Scenario, apply_scenario
from ml.registry import PLAYER, model_before
from ml.settings import Settings

if TYPE_CHECKING:
    from ml.models.team.forecasts import TeamForecasts

N_DRAWS = 10_000
# Between the seeds of a game's blocks of draws.
_BLOCK = 1_000_003
# Days of play before the slate in which a player's recent minutes were made.
_DAYS_BEFORE = 45
_KEYS = ["game_id", "team_id", "player_id"]


@dataclass(frozen=True, eq=False)
class PlayerSlate:
    """Everyone who could play in a day's games, with the games before.

    Attributes
    ----------
    day : date
        The day of the games (US/Eastern).
    name : str
        The model's name in the registry.
    model : BoxScoreModel
        Says what is expected of them.
    people : DataFrame, shape (n_players, 12)
        Who: keys, names, sides and times, in order of game and player.
    rows : DataFrame, shape (n_rows, ...)
        `ml.models.player.candidates.REQUIRED` of this day and of those before.
    has_played : ndarray of bool, shape (n_rows,)
        Whether he played; false for this day.
    is_tonight : ndarray of bool, shape (n_rows,)
        Which rows are of this day.
    features : DataFrame, shape (n_players, ...)
        This day's players as the feature store has them.
    random_state : int
        Seed.
    """

    day: date
    name: str
    model: BoxScoreModel
    people: pd.DataFrame
    rows: pd.DataFrame
    has_played: Bools
    is_tonight: Bools
    features: pd.DataFrame
    random_state: int

    def expect(
        self, given: Mapping[int, float] | None = None, *, game_id: str | None = None
    ) -> pd.DataFrame:
        """Say what is expected of each player of the day.

        Parameters
        ----------
        given : Mapping of int to float, optional
            P(plays) of players of whom it is supposed.
        game_id : str, optional
            Of the players of this game alone, which is faster.

        Returns
        -------
        DataFrame
            ``game_id, team_id, player_id, is_candidate`` and the columns of
            `BoxScoreModel.expect`.
        """
        read = slice(None) if game_id is None else self._concerns(game_id)
        rows = self.rows[read].reset_index(drop=True)
        expected = self.model.expect(
            rows, self.has_played[read], given=dict(given or {})
        )
        keys = rows[[*_KEYS, "is_candidate"]]
        return keys.join(expected)[self.is_tonight[read]]

    def _concerns(self, game_id: str) -> Bools:
        """Return which rows say something of a game: those of teams of its players."""
        now = (self.rows["game_id"] == game_id).to_numpy() & self.is_tonight
        his = self.rows["player_id"].isin(self.rows.loc[now, "player_id"])
        sides = pd.MultiIndex.from_frame(self.rows[_KEYS[:2]])
        mates = np.asarray(sides.isin(sides[his.to_numpy()]))
        return now | (mates & ~self.is_tonight)

    @property
    def tonight(self) -> pd.DataFrame:
        """What each player of the day is forecast from, with his keys."""
        return self.rows[self.is_tonight].reset_index(drop=True)

    def home_team(self) -> dict[str, int]:
        """Return the side at home, by game."""
        at_home = self.people[self.people["is_home"].astype(bool)]
        pairs = zip(at_home["game_id"], at_home["team_id"], strict=True)
        return {str(game): int(team) for game, team in pairs}

    def forecast(
        self,
        teams: TeamForecasts,
        *,
        each: Callable[[Drawn], None] | None = None,
    ) -> pd.DataFrame:
        """Forecast every player's line.

        Parameters
        ----------
        teams : TeamForecasts
            Of the same games; players' points add up to theirs.
        each : callable, optional
            Receives every game's draws.

        Returns
        -------
        DataFrame, shape (n_players, ...)
            `people`, ``play_prob`` and `ml.boxscore.summary.summarise`.
        """
        lines = forecast_players(
            self._expected,
            self.home_team(),
            lambda game_id: teams.sample(
                game_id, N_DRAWS, random_state=game_seed(self.random_state, game_id)
            ),
            self.model.spread,
            random_state=self.random_state,
            each=each,
        )
        return self.people.merge(lines, on=_KEYS, validate="one_to_one")

    def sample(
        self,
        teams: TeamForecasts,
        game_id: str,
        scenario: Scenario | None = None,
        *,
        block: int = 0,
        n_draws: int = N_DRAWS,
    ) -> BoxSample:
        """Draw the box scores of one game: those of `forecast`, or a scenario's.

        Parameters
        ----------
        teams : TeamForecasts
            Of the same games.
        game_id : str
            The game.
        scenario : Scenario, optional
            What is supposed.
        block : int
            Other than 0: as many draws more, independent of those of other blocks.
        n_draws : int
            Draws.

        Raises
        ------
        ModelError
            If a player of the scenario is on neither side.
        """
        expected = (
            self._expected
            if scenario is None
            else self.expect(scenario.play_prob, game_id=game_id)
        )
        seed = game_seed(self.random_state + _BLOCK * block, game_id)
        chosen = (expected["game_id"] == game_id) & expected["is_candidate"]
        inputs = game_input(game_id, self.home_team()[game_id], expected[chosen])
        return draw_box_scores(
            inputs if scenario is None else apply_scenario(inputs, scenario),
            teams.sample(game_id, n_draws, random_state=seed),
            self.model.spread,
            random_state=seed,
        )

    def expected_of(self, game_id: str) -> pd.DataFrame:
        """Return what is expected of those who could play in a game, as forecast."""
        expected = self._expected
        his = (expected["game_id"] == game_id) & expected["is_candidate"]
        names = self.people[[*_KEYS, "player_name"]]
        return expected[his].merge(names, on=_KEYS, validate="one_to_one")

    @cached_property
    def _expected(self) -> pd.DataFrame:
        return self.expect()


def read_player_slate(settings: Settings, slate: Slate) -> PlayerSlate:
    """Read who could play, as the moment of the forecast knew it.

    Features come point in time from the offline store, so that no state of the online
    store is needed; both hold the same.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    slate : Slate
        Which games, and when.

    Returns
    -------
    PlayerSlate
        Only players with a tie to their team that was known by then.

    Raises
    ------
    MissingError
        If no model learnt only from games before the day, or nobody could play.
    GateError
        If a feature is impossible.
    """
    loaded: dict[object, BoxScoreModel] = {}
    folder = model_before(
        settings,
        PLAYER,
        slate.day,
        load=lambda path: loaded.update({path: BoxScoreModel.load(path)}),
    )
    model = loaded[folder]
    day = f"date '{slate.day.isoformat()}'"
    table = as_of_frame(
        settings,
        PLAYER_GAME,
        f"(game_date = {day} and tipoff_at > timestamptz '{slate.moment.isoformat()}') "
        f"or (game_date < {day} and game_date in (select distinct "
        f"game_date from fct_team_matchups where game_date < {day} "
        f"order by game_date desc limit {_DAYS_BEFORE}))",
        slate.known_until,
    )
    is_tonight = pc.equal(table["game_date"], pa.scalar(slate.day))
    # A player without a tie known before tip-off is known from the box score only.
    table = table.filter(pc.or_(table["is_candidate"], pc.invert(is_tonight)))
    frame = table.to_pandas(date_as_object=False)
    frame = frame.sort_values(["game_date", *_KEYS], ignore_index=True)
    rows, outcomes = candidate_rows(frame)
    tonight = (frame["game_date"] == pd.Timestamp(slate.day)).to_numpy()
    if not tonight.any():
        raise MissingError(
            f"nobody is known who could play on {slate.day}",
            "check player_game_stats and injury_reports of the source",
        )
    features = frame[tonight].reset_index(drop=True)
    service = read_catalog(settings).service(PLAYER_GAME.service)
    check_players(features, service, slate.day)
    over = (frame["tipoff_at"] + known_after() <= slate.moment).to_numpy()
    return PlayerSlate(
        day=slate.day,
        name=folder.name,
        model=model,
        people=_people(settings, features, slate),
        rows=rows,
        has_played=outcomes["min"].notna().to_numpy() & ~tonight & over,
        is_tonight=tonight,
        features=features,
        random_state=settings.random_state,
    )


def _people(settings: Settings, frame: pd.DataFrame, slate: Slate) -> pd.DataFrame:
    teams = read_teams(settings)
    names = read_players(settings)
    return pd.DataFrame(
        {
            "game_id": frame["game_id"],
            "season": frame["season"],
            "game_date": frame["game_date"],
            "tipoff_at": frame["tipoff_at"],
            "forecast_at": slate.stamps(frame["forecast_at"]),
            "team_id": frame["team_id"],
            "team": frame["team_id"].map(teams),
            "opponent_team_id": frame["opponent_team_id"],
            "opponent": frame["opponent_team_id"].map(teams),
            "is_home": frame["is_home"].astype(bool),
            "player_id": frame["player_id"],
            "player_name": frame["player_id"].map(names),
        }
    ).reset_index(drop=True)
