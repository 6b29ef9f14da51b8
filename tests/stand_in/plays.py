"""Play-by-play in the shape of the endpoint, made from a league's stints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

Action = dict[str, Any]


def actions_of(
    stints: Sequence[dict[str, Any]], teams: tuple[int, int], tipoff: datetime
) -> list[Action]:
    """Return the actions of a game that was cut into stints, home team first.

    Each stint's points and possessions are spread over its middle; whoever is on court
    is named at its beginning, and points without a possession are technical fouls'.
    """
    actions: list[Action] = []
    score = dict.fromkeys(teams, 0)

    def add(second: float, period: int, kind: str, sub_type: str, **more: Any) -> None:
        length = 720 if period <= 4 else 300
        began = 720 * min(period - 1, 4) + 300 * max(period - 5, 0)
        left = length - (second - began)
        clock = f"PT{int(left // 60):02}M{left % 60:05.2f}S"
        moment = tipoff + timedelta(seconds=second)
        action = {
            "actionNumber": 2 * len(actions) + 2,
            "orderNumber": 10_000 * (len(actions) + 1),
            "clock": clock,
            "timeActual": f"{moment:%Y-%m-%dT%H:%M:%S}.0Z",
            "period": period,
            "actionType": kind,
            "subType": sub_type,
            "personId": 0,
            "description": f"{kind} {sub_type}",
        }
        if more.get("shotResult") == "Made":
            score[more["teamId"]] += more.pop("worth")
            more["pointsTotal"] = 1
        more.pop("worth", None)
        actions.append(action | more)
        home, away = score.values()
        actions[-1] |= {"scoreHome": str(home), "scoreAway": str(away)}

    before: dict[str, Any] | None = None
    for stint in stints:
        period, start, end = (
            stint[name] for name in ("period", "start_elapsed", "end_elapsed")
        )
        is_new = before is None or before["period"] != period
        if is_new:
            if before is not None:
                add(before["end_elapsed"], before["period"], "period", "end")
            add(start, period, "period", "start")
        for side, team in zip(("home", "away"), teams, strict=True):
            five = _five(stint, side)
            if before is not None and not is_new:
                for out, into in zip(
                    sorted(_five(before, side) - five),
                    sorted(five - _five(before, side)),
                    strict=True,
                ):
                    for sub_type, player in (("out", out), ("in", into)):
                        add(
                            start,
                            period,
                            "substitution",
                            sub_type,
                            teamId=team,
                            personId=player,
                        )
        middle = (start + end) / 2
        for side, team in zip(("home", "away"), teams, strict=True):
            for player in sorted(_five(stint, side)):
                add(middle, period, "violation", "lane", teamId=team, personId=player)
        for side, team in zip(("home", "away"), teams, strict=True):
            shooter = min(_five(stint, side))
            for kind, sub_type, more in _possessions(
                stint[f"{side}_pts"], stint[f"{side}_poss"]
            ):
                add(
                    middle,
                    period,
                    kind,
                    sub_type,
                    teamId=team,
                    personId=shooter,
                    **more,
                )
        before = stint
    if before is not None:
        add(before["end_elapsed"], before["period"], "period", "end")
        add(before["end_elapsed"], before["period"], "game", "end")
    return actions


def _five(stint: dict[str, Any], side: str) -> set[int]:
    return {stint[f"{side}_p{number}"] for number in range(1, 6)}


def _possessions(points: int, number: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what a team does: baskets, a free throw, turnovers, technical fouls'."""
    made = {"shotResult": "Made"}
    for _ in range(number):
        worth = min(points, 3)
        points -= worth
        if worth == 1:
            yield "freethrow", "1 of 2", {"shotResult": "Missed"}
            yield "freethrow", "2 of 2", made | {"worth": 1}
        elif worth:
            yield f"{worth}pt", "Layup", made | {"worth": worth}
        else:
            yield "turnover", "bad pass", {}
    for _ in range(points):
        yield "freethrow", "1 of 1", made | {"worth": 1, "descriptor": "technical"}
