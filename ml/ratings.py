"""Team strength after every game: a margin-aware Elo rating, attack and defence.

Both learn from final scores alone, so they reach into seasons without box scores. A
result is used from the moment it is known, never earlier: games that become known at
the same moment do not see each other.

References
----------
Silver, N. & Fischer-Baum, R. (2015). How We Calculate NBA Elo Ratings.
FiveThirtyEight. Attack and defence are the additive form of Maher, M. J. (1982).
Modelling association football scores. Statistica Neerlandica 36.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import NamedTuple

import pandas as pd

VERSION_COLUMNS = (
    "game_id",
    "season",
    "home_team_id",
    "away_team_id",
    "is_neutral_site",
    "known_at",
    "home_pts",
    "away_pts",
    "valid_from",
    "valid_until",
)
RATING_COLUMNS = (
    "team_id",
    "season",
    "event_timestamp",
    "games_rated",
    "elo",
    "attack",
    "defense",
    "league_pts",
)


@dataclass(frozen=True)
class RatingSettings:
    """Constants of the ratings.

    Attributes
    ----------
    elo_start : float
        Rating of a team never seen (rating points).
    elo_mean : float
        What ratings regress to between seasons (rating points).
    elo_carry : float
        Share of the distance from `elo_mean` that survives the summer (0-1).
    elo_step : float
        Step of an update (rating points).
    elo_home : float
        Home advantage (rating points); none at a neutral site.
    points_start : float
        The league's mean score before the first game (points a side).
    points_carry : float
        Share of attack and defence that survives the summer (0-1).
    points_step : float
        Share of a surprise that moves attack and defence (0-1). This, `points_carry`
        and `league_step` have the smallest margin and total errors of 2016-17 to
        2021-22.
    points_home : float
        Home advantage (points of margin); none at a neutral site.
    league_step : float
        Share of a surprise that moves the league's mean score (0-1).
    """

    elo_start: float = 1500.0
    elo_mean: float = 1505.0
    elo_carry: float = 0.75
    elo_step: float = 20.0
    elo_home: float = 70.0
    points_start: float = 102.0
    points_carry: float = 0.6
    points_step: float = 0.04
    points_home: float = 2.5
    league_step: float = 0.01


class Result(NamedTuple):
    """A final score and the moment it became known."""

    known_at: pd.Timestamp
    season: str
    home: int
    away: int
    is_neutral: bool
    home_pts: float
    away_pts: float


@dataclass(frozen=True)
class TeamRating:
    """What is known of one team's strength.

    Attributes
    ----------
    elo : float
        Rating points; the mean is about 1500.
    attack, defense : float
        Points scored and allowed per game beyond the league's mean against mean
        opponents; a good defence is negative.
    games : int
        Games rated since the team was first seen.
    """

    elo: float
    attack: float = 0.0
    defense: float = 0.0
    games: int = 0


@dataclass
class _League:
    """All ratings at one moment, moved forward result by result."""

    settings: RatingSettings
    mean_pts: float
    teams: dict[int, TeamRating] = field(default_factory=dict)

    def of(self, team: int) -> TeamRating:
        return self.teams.get(team, TeamRating(self.settings.elo_start))

    def open_season(self) -> None:
        """Regress every team to the league's mean."""
        chosen = self.settings
        self.teams = {
            team: replace(
                rating,
                elo=chosen.elo_mean + chosen.elo_carry * (rating.elo - chosen.elo_mean),
                attack=chosen.points_carry * rating.attack,
                defense=chosen.points_carry * rating.defense,
            )
            for team, rating in self.teams.items()
        }

    def learn(self, results: list[Result]) -> None:
        """Use results of one moment, each judged by the ratings before it."""
        chosen = self.settings
        learnt: dict[int, TeamRating] = {}
        surprise = 0.0
        for result in results:
            home, away = self.of(result.home), self.of(result.away)
            edge = 0.0 if result.is_neutral else chosen.points_home / 2
            home_surprise = result.home_pts - (
                self.mean_pts + home.attack + away.defense + edge
            )
            away_surprise = result.away_pts - (
                self.mean_pts + away.attack + home.defense - edge
            )
            gain = elo_gain(
                home.elo - away.elo + (0.0 if result.is_neutral else chosen.elo_home),
                result.home_pts - result.away_pts,
                chosen.elo_step,
            )
            step = chosen.points_step
            learnt[result.home] = TeamRating(
                home.elo + gain,
                home.attack + step * home_surprise,
                home.defense + step * away_surprise,
                home.games + 1,
            )
            learnt[result.away] = TeamRating(
                away.elo - gain,
                away.attack + step * away_surprise,
                away.defense + step * home_surprise,
                away.games + 1,
            )
            surprise += (home_surprise + away_surprise) / 2
        self.teams |= learnt
        self.mean_pts += chosen.league_step * surprise


def elo_gain(difference: float, margin: float, step: float) -> float:
    """Return what the home side gains, and the away side loses, by a result.

    Parameters
    ----------
    difference : float
        Home rating + home advantage - away rating before the game.
    margin : float
        Home points - away points.
    step : float
        Step of an update (rating points).

    Returns
    -------
    float
        ``step · (|margin| + 3)^0.8 / (7.5 + 0.006 · d_winner) · (won - p)``.

    References
    ----------
    Silver & Fischer-Baum (2015). The denominator keeps strong teams, who win by more,
    from drifting upwards; it is bounded so that it cannot vanish.
    """
    expected = 1.0 / (1.0 + 10.0 ** (-difference / 400.0))
    of_winner = difference if margin > 0 else -difference
    size = (abs(margin) + 3.0) ** 0.8 / max(7.5 + 0.006 * of_winner, 1.0)
    return float(step * size * (float(margin > 0) - expected))


def rate_teams(
    versions: pd.DataFrame,
    openings: pd.DataFrame,
    settings: RatingSettings | None = None,
) -> pd.DataFrame:
    """Rate every team after every game, as it was known at the time.

    Parameters
    ----------
    versions : DataFrame, shape (n_versions, 10)
        `VERSION_COLUMNS`: one row per game and version of its score. A version is the
        current one from `valid_from` until `valid_until` (null: to this day);
        `known_at` is when the game was first known. Timestamps in UTC.
    openings : DataFrame, shape (n_seasons, 2)
        `season` and `opens_at`: when ratings are carried into the season.
    settings : RatingSettings, optional
        Constants.

    Returns
    -------
    DataFrame, shape (n_states, 8)
        `RATING_COLUMNS`: one row per team and moment at which its rating became known.
        A corrected score restates every team at the moment of the correction.
    """
    chosen = settings or RatingSettings()
    corrected = versions.loc[versions["valid_from"] > versions["known_at"]]
    moments: list[pd.Timestamp] = sorted(corrected["valid_from"].unique())
    states = []
    for start, until in zip([None, *moments], [*moments, None], strict=True):
        replayed = _replay(_facts(versions, start, until), openings, chosen)
        states.append(_known_between(replayed, start, until))
    return pd.concat(states, ignore_index=True)


def _facts(
    versions: pd.DataFrame, start: pd.Timestamp | None, until: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the versions that hold from `start`, of games known before `until`."""
    moment = versions["known_at"]
    if start is not None:
        moment = moment.where(moment > start, start)
    holds = (versions["valid_from"] <= moment) & ~(versions["valid_until"] <= moment)
    if until is not None:
        holds &= versions["known_at"] < until
    return versions.loc[holds].sort_values(["known_at", "game_id"])


def _replay(
    facts: pd.DataFrame, openings: pd.DataFrame, settings: RatingSettings
) -> pd.DataFrame:
    """Return the ratings after every moment, and at the opening of every season."""
    league = _League(settings, settings.points_start)
    opens = openings.sort_values("opens_at")
    waiting = list(zip(opens["opens_at"], opens["season"], strict=True))
    rows: list[tuple[object, ...]] = []

    def keep(teams: list[int], season: str, moment: pd.Timestamp) -> None:
        for team in teams:
            rating = league.of(team)
            rows.append(
                (
                    team,
                    season,
                    moment,
                    rating.games,
                    rating.elo,
                    rating.attack,
                    rating.defense,
                    league.mean_pts,
                )
            )

    for moment, results in _by_moment(facts):
        while waiting and waiting[0][0] <= moment:
            opens_at, season = waiting.pop(0)
            league.open_season()
            keep(sorted(league.teams), season, opens_at)
        league.learn(results)
        played = sorted(
            {result.home for result in results} | {result.away for result in results}
        )
        keep(played, results[0].season, moment)
    for opens_at, season in waiting:
        league.open_season()
        keep(sorted(league.teams), season, opens_at)
    return pd.DataFrame(rows, columns=list(RATING_COLUMNS))


def _by_moment(facts: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, list[Result]]]:
    results = (
        Result(*row)
        for row in zip(
            facts["known_at"],
            facts["season"],
            facts["home_team_id"],
            facts["away_team_id"],
            facts["is_neutral_site"],
            facts["home_pts"],
            facts["away_pts"],
            strict=True,
        )
    )
    for moment, group in groupby(results, key=lambda result: result.known_at):
        yield moment, list(group)


def _known_between(
    states: pd.DataFrame, start: pd.Timestamp | None, until: pd.Timestamp | None
) -> pd.DataFrame:
    """Keep what became known in the span; what was known at its start, restated."""
    if until is not None:
        states = states.loc[states["event_timestamp"] < until]
    if start is None:
        return states
    stamps = states["event_timestamp"]
    stamped = states.assign(event_timestamp=stamps.where(stamps > start, start))
    return stamped.drop_duplicates(["team_id", "event_timestamp"], keep="last")
