"""Roster moves: trades, signings, waivers, with the day they were completed."""

from __future__ import annotations

import re

import pandas as pd

from ml.sources.nba.payload import Node, read_json, whole_number

TRANSACTION_COLUMNS = (
    "transaction_date", "known_date", "day_order", "transaction_type", "player_id",
    "player_name", "from_team_id", "to_team_id", "contract_kind", "source",
)  # fmt: skip
SOURCE = "nba_feed"

_SIGNED = re.compile(
    r"(?P<again>re-?)?signed (?P<who>.*?) to (?:an? )?(?P<kind>.+?)"
    r"(?: contract)?\.?$",
    re.IGNORECASE,
)
_CONVERTED = re.compile(r" to (?:an? )?(?P<kind>.+?)(?: contract)?\.?$", re.IGNORECASE)
_TYPES = {
    "trade": "trade",
    "signing": "sign",
    "waive": "waive",
    "awardonwaivers": "claim",
    "contractconverted": "convert",
}


def parse_player_movement(
    body: bytes, endpoint: str = "NBA_Player_Movement"
) -> pd.DataFrame:
    """Read the league's record of moves, one file with everything since July 2015.

    Parameters
    ----------
    body : bytes
        Of ``NBA_Player_Movement.json``.
    endpoint : str
        What errors call it.

    Returns
    -------
    DataFrame
        `TRANSACTION_COLUMNS`, the oldest first. Days are those of completion and have
        no clock; `day_order` is the order of the day's rows in the file. Rows about no
        player (draft picks, cash) are left out.

    Raises
    ------
    SourceError
        If the body is not of that form, or a type of move is not known.
    """
    movement = read_json(body, endpoint).at("NBA_Player_Movement")
    rows = [_move(row) for row in movement.each("rows")]
    moves = pd.DataFrame(
        [row for row in rows if row is not None], columns=list(TRANSACTION_COLUMNS)
    ).astype(dict.fromkeys(("player_id", "from_team_id", "to_team_id"), "Int64"))
    # The file has the newest first.
    moves = moves.iloc[::-1].sort_values(
        "transaction_date", kind="stable", ignore_index=True
    )
    moves["day_order"] = moves.groupby("transaction_date").cumcount() + 1
    return moves


def _move(row: Node) -> dict[str, object] | None:
    player_id = whole_number(row.value.get("PLAYER_ID"))
    if not player_id:
        return None
    found = row.text("Transaction_Type")
    kind = _TYPES.get(found.replace(" ", "").lower())
    if kind is None:
        raise row.error("Transaction_Type", found, f"one of {', '.join(_TYPES)}")
    day = row.wall_clock("TRANSACTION_DATE").date()
    team_id = row.integer("TEAM_ID")
    other = whole_number(row.value.get("Additional_Sort")) or None
    text = row.text_or_none("TRANSACTION_DESCRIPTION") or ""
    contract = None
    if kind == "sign":
        kind, contract = _signing(text)
    elif kind == "convert" and (told := _CONVERTED.search(text)):
        contract = told["kind"]
    slug = row.text_or_none("PLAYER_SLUG") or ""
    is_leaving = kind == "waive"
    return {
        "transaction_date": day,
        "known_date": day,
        "day_order": 0,
        "transaction_type": kind,
        "player_id": player_id,
        "player_name": slug.replace("-", " ").title() or None,
        "from_team_id": team_id if is_leaving else _giving(kind, other),
        "to_team_id": None if is_leaving else team_id,
        "contract_kind": contract,
        "source": SOURCE,
    }


def _giving(kind: str, other: int | None) -> int | None:
    return other if kind in ("trade", "claim") else None


def _signing(text: str) -> tuple[str, str | None]:
    """Tell what a signing is by the contract that its text names."""
    told = _SIGNED.search(text)
    if told is None:
        return "sign", None
    contract = told["kind"].strip()
    plain = contract.lower()
    kind = "sign"
    if "extension" in plain:
        # He stays where he is.
        kind = "other"
    elif "two-way" in plain or "two way" in plain:
        kind = "two_way"
    elif re.search(r"10-day|ten-day|second 10", plain):
        kind = "ten_day"
    return kind, f"{contract} (re-signed)" if told["again"] else contract
