"""Which game and which player a person means, and the sample that answers him."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.boxscore.lineup import Lineup, minute_factors
from ml.boxscore.summary import summarise
from ml.errors import MissingError, SettingsError
from ml.features.datasets import as_of_frame
from ml.features.manifest import read_catalog
from ml.features.spines import TEAM_MATCHUP, read_spine
from ml.ingest.player_names import Person, resolve_names
from ml.models.team.forecasts import TeamForecasts
from ml.predict.expectations import (
    check_matchups,
    check_player_forecasts,
    check_team_forecasts,
)
from ml.predict.player_slate import PlayerSlate, read_player_slate
from ml.predict.roster_scenario import what_if_rosters
from ml.predict.slate import Slate, find_slate, read_players, read_teams
from ml.predict.what_if import Scenario
from ml.pricing.price import Board
from ml.registry import team_model_before
from ml.settings import Settings

if TYPE_CHECKING:
    from ml.boxscore.sample import BoxSample
    from ml.models.team.model import TeamModel

# Not what Python calls a digit, such as ²; and a number that fits 64 bits.
_ID = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Supposed:
    """What a person supposes of one game, in his words.

    Attributes
    ----------
    out : sequence of str
        Players who do not play.
    minutes : Mapping of str to float
        Players who play so long.
    starts : Mapping of str to str
        Players, and in whose place each starts.
    foul_trouble : sequence of str
        Players who sit for their fouls.
    bench : Mapping of str to float
        Teams, and how many minutes more their benches play.
    """

    out: Sequence[str] = ()
    minutes: Mapping[str, float] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    foul_trouble: Sequence[str] = ()
    bench: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evening:
    """A day's games and players, ready to be asked about.

    Attributes
    ----------
    slate : Slate
        Which day, and the moment of the forecast.
    players : PlayerSlate
        Everyone who could play.
    teams : TeamForecasts
        Final scores of the same games.
    matchups : DataFrame, shape (n_games, ...)
        What they were forecast from.
    model : TeamModel
        What forecast them.
    names : Mapping of int to str
        Everyone in the league, by id: who has no game is not taken for another.
    """

    slate: Slate
    players: PlayerSlate
    teams: TeamForecasts
    matchups: pd.DataFrame
    model: TeamModel
    names: Mapping[int, str] = field(default_factory=dict)

    def player(self, text: str, *, game_id: str | None = None) -> pd.Series:
        """Find one player by name or id.

        Parameters
        ----------
        text : str
            A name (accents, case and suffixes do not matter) or an NBA stats id.
        game_id : str, optional
            The game he has to play in.

        Returns
        -------
        Series
            His row of `PlayerSlate.people`.

        Raises
        ------
        MissingError
            If nobody, or more than one, is meant; names who is nearest.
        """
        people = self.players.people
        if game_id is not None:
            people = people[people["game_id"] == game_id]
        text = text.strip()
        if _ID.fullmatch(text):
            found = people[people["player_id"] == int(text)]
        elif not text.isprintable():
            found = people[:0]
        else:
            those = dict(zip(people["player_id"], people["player_name"], strict=True))
            persons = [
                Person(int(player), str(name))
                for player, name in {**self.names, **those}.items()
            ]
            meant = resolve_names([text], persons, roster=those.keys()).get(text)
            found = people[people["player_id"] == meant]
        if len(found) == 1:
            return found.iloc[0]
        where = f"game {game_id}" if game_id else f"the games of {self.slate.day}"
        names = people["player_name"].dropna().astype(str).tolist()
        near = difflib.get_close_matches(text, names, n=3, cutoff=0.4)
        raise MissingError(
            f"{text[:60]!r} is not one of the {len(names)} players of {where}",
            f"nearest: {', '.join(near)}" if near else "give his full name or his id",
        )

    def sample(self, game_id: str, scenario: Scenario | None = None) -> BoxSample:
        """Draw the box scores of one game, as `tipoff predict` does.

        Raises
        ------
        GateError
            If a forecast that is read from it is impossible.
        """
        sample = self.players.sample(self.teams, game_id, scenario)
        self._check([sample])
        return sample

    def samples(self, game_ids: Iterable[str]) -> dict[str, BoxSample]:
        """Draw the box scores of several games, which pass the gate together.

        Raises
        ------
        GateError
            If a forecast that is read from them is impossible.
        """
        found = {game: self.players.sample(self.teams, game) for game in game_ids}
        if found:
            self._check(found.values())
        return found

    def _check(self, samples: Iterable[BoxSample]) -> None:
        forecasts = pd.concat([summarise(each) for each in samples], ignore_index=True)
        # Who is in no draw has no forecast; `tipoff predict` draws him by himself.
        check_player_forecasts(forecasts[forecasts["play_prob"] > 0], self.slate.day)

    def scenario(self, game_id: str, supposed: Supposed) -> Scenario:
        """Find the players of whom something is supposed.

        Raises
        ------
        MissingError
            If nobody, or more than one, is meant by a name.
        SettingsError
            If nothing is supposed, or two things of one player.
        """
        people = self.players.people
        sides = people[people["game_id"] == game_id]

        def player(text: str) -> int:
            return int(self.player(text, game_id=game_id)["player_id"])

        def team(text: str) -> int:
            found = sides.loc[sides["team"] == text.strip().upper(), "team_id"]
            if found.empty:
                names = " or ".join(sorted(set(sides["team"])))
                raise MissingError(
                    f"{text[:40]!r} does not play in game {game_id}", f"give {names}"
                )
            return int(found.iloc[0])

        out = tuple(player(text) for text in supposed.out)
        minutes = {player(text): value for text, value in supposed.minutes.items()}
        lineup = Lineup(
            starts={player(a): player(b) for a, b in supposed.starts.items()},
            foul_trouble=tuple(player(text) for text in supposed.foul_trouble),
            bench={team(text): more for text, more in supposed.bench.items()},
        )
        expected = self.players.expected_of(game_id)
        others = {*out, *minutes}
        return Scenario(out, minutes, minute_factors(lineup, expected, others=others))

    def supposing(
        self,
        settings: Settings,
        game_id: str,
        scenario: Scenario,
        *,
        is_checked: bool = True,
    ) -> Evening:
        """Return the evening with final scores as a scenario would move them.

        Parameters
        ----------
        settings : Settings
            Says where the warehouse is.
        game_id : str
            The game.
        scenario : Scenario
            What is supposed.
        is_checked : bool
            Whether features and forecasts pass the gates.

        Raises
        ------
        MissingError
            If the features were not built here.
        """
        matchups = what_if_rosters(settings, self.matchups, game_id, scenario)
        teams = self.model.predict(matchups)
        if is_checked:
            service = read_catalog(settings).service(TEAM_MATCHUP.service)
            check_matchups(matchups, service, self.slate.day)
            check_team_forecasts(teams.to_frame(), self.slate.day)
        return replace(self, matchups=matchups, teams=teams)


def read_evening(settings: Settings, slate: Slate) -> Evening:
    """Forecast a day's games point in time, so that they can be asked about.

    Parameters
    ----------
    settings : Settings
        Says where everything is.
    slate : Slate
        Which games, and when.

    Raises
    ------
    MissingError
        If no model knew only earlier games.
    GateError
        If features or forecasts are impossible.
    """
    condition = f"game_date = date '{slate.day.isoformat()}'"
    table = as_of_frame(settings, TEAM_MATCHUP, condition, slate.known_until)
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    _, model = team_model_before(settings, slate.day)
    frame = frame.sort_values(["tipoff_at", "game_id"], ignore_index=True)
    check_matchups(
        frame, read_catalog(settings).service(TEAM_MATCHUP.service), slate.day
    )
    teams = model.predict(frame)
    check_team_forecasts(teams.to_frame(), slate.day)
    players = read_player_slate(settings, slate)
    return Evening(slate, players, teams, frame, model, read_players(settings))


def read_board(settings: Settings, evening: Evening) -> Board:
    """Return the games of an evening as sheets of lines speak of them.

    Parameters
    ----------
    settings : Settings
        Says where the features are.
    evening : Evening
        From `read_evening`.
    """

    def draw(games: Sequence[str], block: int) -> dict[str, BoxSample]:
        if block == 0:
            return evening.samples(games)
        sample = evening.players.sample
        return {game: sample(evening.teams, game, block=block) for game in games}

    return Board(
        people=evening.players.people,
        find_player=lambda text, game_id: evening.player(text, game_id=game_id),
        draw=draw,
        news=_newest_reports(settings, evening.slate),
    )


def _newest_reports(settings: Settings, slate: Slate) -> dict[str, datetime]:
    """Return the moment of each game's newest injury report, where there is one."""
    path = settings.features_dir / "fv_team_report.parquet"
    if not path.exists():
        return {}
    table = pq.read_table(path, columns=["game_id", "event_timestamp"])
    table = table.filter(pc.less_equal(table["event_timestamp"], slate.known_until))
    newest = table.group_by("game_id").aggregate([("event_timestamp", "max")])
    moments = newest["event_timestamp_max"].to_pylist()
    return dict(zip(newest["game_id"].to_pylist(), moments, strict=True))


def find_game(
    settings: Settings, text: str, day: date | None = None
) -> tuple[str, date]:
    """Find a game by its id, or by a team on a day.

    Parameters
    ----------
    settings : Settings
        Says where the warehouse is.
    text : str
        ``0022300561``, ``DAL@BOS`` or ``BOS``.
    day : date, optional
        US/Eastern; by default the day that `tipoff predict` would forecast. An id
        needs none.

    Returns
    -------
    tuple of (str, date)
        The game's id and its day.

    Raises
    ------
    MissingError
        If there is no such game.
    SettingsError
        If the text names neither a game nor a team.
    """
    text = text.strip()
    if _ID.fullmatch(text):
        rows = read_spine(settings, TEAM_MATCHUP, f"game_id = '{text}'").to_pylist()
        if not rows:
            raise MissingError(
                f"there is no game {text}", "give a team and a day: --game BOS --date"
            )
        if day is not None and rows[0]["game_date"] != day:
            raise MissingError(
                f"game {text} is on {rows[0]['game_date']}, not on {day}",
                "leave --date out",
            )
        return text, rows[0]["game_date"]
    ids = {name: team for team, name in read_teams(settings).items()}
    asked = [part.strip().upper() for part in text.split("@")]
    if len(asked) > 2 or not set(asked) <= ids.keys():
        raise SettingsError(
            f"{text!r} is neither a game nor a team",
            f"such as 0022300561, DAL@BOS or BOS; teams: {', '.join(sorted(ids))}",
        )
    day = find_slate(settings, day).day
    wanted = {ids[name] for name in asked}
    games = read_spine(settings, TEAM_MATCHUP, f"game_date = date '{day}'").to_pylist()
    found = [
        game for game in games if wanted <= {game["home_team_id"], game["away_team_id"]}
    ]
    if len(found) != 1:
        raise MissingError(
            f"{text.upper()} does not play on {day}", "give another --date"
        )
    return str(found[0]["game_id"]), day
