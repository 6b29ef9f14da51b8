"""Players: who they are, and whose roster they are on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from ml.ingest.contract import season_of_year
from ml.sources.nba.payload import (
    read_json,
    result_set,
    schema_error,
    whole_number,
    whole_numbers,
)

PLAYER_COLUMNS = (
    "player_id", "player_name", "birthdate", "height", "weight", "country",
)  # fmt: skip
ROSTER_COLUMNS = ("season", "team_id", "player_id", "player_name", "position", "how")


@dataclass(frozen=True)
class Players:
    """What an endpoint says about players.

    Attributes
    ----------
    players : DataFrame
        `PLAYER_COLUMNS`, as the contract has them.
    rosters : DataFrame
        `ROSTER_COLUMNS`: who belongs to which team at the moment of the answer;
        `position` is G, F, C or a pair of them, `how` how he came, where it is told.
    """

    players: pd.DataFrame
    rosters: pd.DataFrame


def parse_player_index(body: bytes, endpoint: str = "playerindex") -> Players:
    """Read the index of a season's players.

    Parameters
    ----------
    body : bytes
        Of ``playerindex``.
    endpoint : str
        What errors call it.

    Returns
    -------
    Players
        Without dates of birth: the index has none.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    names = ("PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "TEAM_ID")
    facts = ("POSITION", "HEIGHT", "WEIGHT", "COUNTRY")
    root = read_json(body, endpoint)
    season = root.at("parameters").text("Season")
    found = result_set(root, "PlayerIndex", (*names, *facts))
    first, last = found["PLAYER_FIRST_NAME"], found["PLAYER_LAST_NAME"]
    players = pd.DataFrame(
        {
            "player_id": whole_numbers(found["PERSON_ID"], endpoint=endpoint),
            "player_name": [
                f"{one or ''} {other or ''}".strip()
                for one, other in zip(first, last, strict=True)
            ],
            "birthdate": None,
            "height": _heights(found["HEIGHT"], endpoint),
            "weight": _weights(found["WEIGHT"], endpoint),
            "country": [value or None for value in found["COUNTRY"]],
        }
    )
    team_ids = whole_numbers(found["TEAM_ID"], endpoint=endpoint, nullable=True)
    rosters = pd.DataFrame(
        {
            "season": season,
            "team_id": team_ids,
            "player_id": players["player_id"],
            "player_name": players["player_name"],
            "position": [value or None for value in found["POSITION"]],
            "how": None,
        }
    )
    on_a_team = (rosters["team_id"].fillna(0) > 0).to_numpy()
    return Players(
        players[list(PLAYER_COLUMNS)].drop_duplicates("player_id", ignore_index=True),
        rosters.loc[on_a_team, list(ROSTER_COLUMNS)].reset_index(drop=True),
    )


def parse_team_roster(body: bytes, endpoint: str = "commonteamroster") -> Players:
    """Read one team's roster.

    Parameters
    ----------
    body : bytes
        Of ``commonteamroster``.
    endpoint : str
        What errors call it.

    Returns
    -------
    Players
        Without countries: the roster has none.

    Raises
    ------
    SourceError
        If the body is not of that form.
    """
    names = ("TeamID", "SEASON", "PLAYER", "PLAYER_ID", "POSITION", "HOW_ACQUIRED")
    facts = ("HEIGHT", "WEIGHT", "BIRTH_DATE")
    found = result_set(read_json(body, endpoint), "CommonTeamRoster", (*names, *facts))
    players = pd.DataFrame(
        {
            "player_id": whole_numbers(found["PLAYER_ID"], endpoint=endpoint),
            "player_name": found["PLAYER"],
            "birthdate": _birthdays(found["BIRTH_DATE"], endpoint),
            "height": _heights(found["HEIGHT"], endpoint),
            "weight": _weights(found["WEIGHT"], endpoint),
            "country": None,
        }
    )
    years = whole_numbers(found["SEASON"], endpoint=endpoint)
    rosters = pd.DataFrame(
        {
            "season": [season_of_year(int(year)) for year in years],
            "team_id": whole_numbers(found["TeamID"], endpoint=endpoint),
            "player_id": players["player_id"],
            "player_name": found["PLAYER"],
            "position": [value or None for value in found["POSITION"]],
            "how": [value or None for value in found["HOW_ACQUIRED"]],
        }
    )
    return Players(players[list(PLAYER_COLUMNS)], rosters[list(ROSTER_COLUMNS)])


def _heights(values: pd.Series[Any], endpoint: str) -> list[str | None]:
    result = []
    for place, value in enumerate(values):
        text = str(value or "").strip()
        if text and not re.fullmatch(r"\d-\d{1,2}", text):
            path = f"HEIGHT of row {place}"
            raise schema_error(endpoint, path, value, "feet-inches (6-8)")
        result.append(text or None)
    return result


def _weights(values: pd.Series[Any], endpoint: str) -> list[float | None]:
    result = []
    for place, value in enumerate(values):
        pounds = whole_number(value)
        if pounds is None and value not in (None, ""):
            path = f"WEIGHT of row {place}"
            raise schema_error(endpoint, path, value, "pounds")
        # Of some who have never played the weight is 0.
        result.append(float(pounds) if pounds else None)
    return result


def _birthdays(values: pd.Series[Any], endpoint: str) -> list[date | None]:
    result = []
    for place, value in enumerate(values):
        text = str(value or "").strip().title()
        try:
            day = datetime.strptime(text, "%b %d, %Y").date() if text else None
        except ValueError as error:
            path = f"BIRTH_DATE of row {place}"
            raise schema_error(endpoint, path, value, "JUL 28, 1999") from error
        result.append(day)
    return result
