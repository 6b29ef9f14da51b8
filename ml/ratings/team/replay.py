"""Team ratings after every game, as they were known at the time.

A result is used from the moment it is known, never earlier: games that become known
at the same moment do not see each other. Elo, attack and defence learn from final
scores alone, so they reach into seasons without box scores; efficiency and pace pass
over games without a box.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pandas as pd

from ml.ratings.team.league import COLUMNS, League, RatingSettings, Result

VERSION_COLUMNS = (
    "game_id",
    "season",
    "home_team_id",
    "away_team_id",
    "is_neutral_site",
    "known_at",
    "home_pts",
    "away_pts",
    "home_rating",
    "away_rating",
    "pace",
    "valid_from",
    "valid_until",
)
VALUES = ("home_pts", "away_pts", "home_rating", "away_rating", "pace")
RATING_COLUMNS = ("team_id", "season", "event_timestamp", *COLUMNS)


def rate_teams(
    versions: pd.DataFrame,
    openings: pd.DataFrame,
    settings: RatingSettings | None = None,
) -> pd.DataFrame:
    """Rate every team after every game, as it was known at the time.

    Parameters
    ----------
    versions : DataFrame, shape (n_versions, 13)
        `VERSION_COLUMNS`: one row per game and version of its result. A version is the
        current one from `valid_from` until `valid_until` (null: to this day);
        `known_at` is when the game was first known. Timestamps in UTC. Ratings (points
        per 100 possessions) and pace (possessions per 48 minutes) are null without a
        box score.
    openings : DataFrame, shape (n_seasons, 2)
        `season` and `opens_at`: when ratings are carried into the season.
    settings : RatingSettings, optional
        Constants.

    Returns
    -------
    DataFrame, shape (n_states, 14)
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
    league = League.from_settings(settings)
    opens = openings.sort_values("opens_at")
    waiting = list(zip(opens["opens_at"], opens["season"], strict=True))
    rows: list[tuple[object, ...]] = []

    def keep(teams: list[int], season: str, moment: pd.Timestamp) -> None:
        rows.extend((team, season, moment, *league.of(team)) for team in teams)

    for moment, results in _by_moment(facts):
        while waiting and waiting[0][0] <= moment:
            opens_at, season = waiting.pop(0)
            league.open_season()
            keep(league.teams, season, opens_at)
        league.learn(results)
        played = sorted({team for game in results for team in (game.home, game.away)})
        keep(played, results[0].season, moment)
    for opens_at, season in waiting:
        league.open_season()
        keep(league.teams, season, opens_at)
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
            *(facts[name].astype(float) for name in VALUES),
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
