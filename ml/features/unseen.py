"""Values that earlier seasons have not seen: news to report, not faults to stop at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ml.features.catalog import EVENT_TIMESTAMP, FeatureView
from ml.features.manifest import read_catalog
from ml.quality.limits import Limits
from ml.settings import Settings
from ml.storage.files import write_text
from ml.storage.warehouse import open_memory, open_warehouse

if TYPE_CHECKING:
    import pandas as pd

    from ml.features.catalog import FeatureService

_SHOWN = 5
# Of tables of a state, the rows of the newest day are what a build brought.
_NEWEST = "interval 24 hours"


@dataclass(frozen=True, order=True)
class Unseen:
    """A value beyond what was seen in earlier seasons.

    Attributes
    ----------
    feature : str
        The feature, as its view calls it.
    whose : str
        The player or the team.
    value : float
        What was found.
    seen_before : str
        The limits of what was seen.
    """

    feature: str
    whose: str
    value: float
    seen_before: str

    def __str__(self) -> str:
        return (
            f"{self.feature} of {self.whose} is {self.value:.4g}, "
            f"seen before: {self.seen_before}"
        )


def unseen_of_frame(
    frame: pd.DataFrame, service: FeatureService, whose: Mapping[str, str]
) -> tuple[Unseen, ...]:
    """Find what a frame that is forecast holds beyond what was seen before.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, any)
        With columns of the service; those that are missing are passed over.
    service : FeatureService
        Knows what each feature has been.
    whose : mapping of str to str
        By the side of a feature (``home``, or empty) the column that names the player
        or the team.

    Returns
    -------
    tuple of Unseen
        In order of feature and name, each once.
    """
    found: set[Unseen] = set()
    for column in service.columns:
        if column.name in frame and column.join.side in whose:
            names = frame[whose[column.join.side]]
            limits = column.feature.has_been
            found |= _beyond(frame[column.name], limits, names, column.feature.name)
    return tuple(sorted(found))


def unseen_of_forecasts(
    forecasts: pd.DataFrame, has_been: Mapping[str, Limits], whose: pd.Series
) -> tuple[Unseen, ...]:
    """Find forecasts beyond what forecasts have been.

    Parameters
    ----------
    forecasts : DataFrame, shape (n_rows, any)
        One row a game or a player.
    has_been : mapping of str to Limits
        By column.
    whose : Series of str, shape (n_rows,)
        Names the game or the player.

    Returns
    -------
    tuple of Unseen
        In order of column and name.
    """
    found: set[Unseen] = set()
    for column, limits in has_been.items():
        found |= _beyond(forecasts[column], limits, whose, column)
    return tuple(sorted(found))


def unseen_of_build(settings: Settings) -> tuple[Unseen, ...]:
    """Find what the newest day of every feature table holds beyond what was seen.

    Parameters
    ----------
    settings : Settings
        Says where the feature files are.

    Returns
    -------
    tuple of Unseen
        In order of feature and name; also in `report_path`.
    """
    names = _names(settings)
    found: set[Unseen] = set()
    for view in read_catalog(settings).views:
        path = view.parquet(settings)
        if not path.exists():
            continue
        rows = _newest_rows(settings, str(path))
        whose = _whose(rows, view, names)
        for feature in view.features:
            found |= _beyond(rows[feature.name], feature.has_been, whose, feature.name)
    ordered = tuple(sorted(found))
    note_unseen(settings, "build", ordered)
    return ordered


def note_unseen(settings: Settings, step: str, found: Iterable[Unseen]) -> None:
    """Keep what a step found, beside what other steps did.

    Parameters
    ----------
    settings : Settings
        Says which home.
    step : str
        ``build`` or ``forecast``.
    found : iterable of Unseen
        Takes the place of what the step noted last.
    """
    noted = read_unseen(settings) | {step: [asdict(each) for each in found]}
    text = json.dumps(noted, indent=1) + "\n"
    write_text(settings.reports_dir / "unseen.json", text)


def read_unseen(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Read what the last steps noted, by step; nothing where there is no such note."""
    try:
        noted = json.loads((settings.reports_dir / "unseen.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def in_words(found: Iterable[Unseen]) -> list[str]:
    """Say what was found in a few lines, the number of all first.

    Parameters
    ----------
    found : iterable of Unseen
        What was found.

    Returns
    -------
    list of str
        Empty where nothing was.
    """
    values = list(found)
    if not values:
        return []
    lines = [f"{len(values)} value(s) beyond what earlier seasons have seen:"]
    lines += [f"  {each}" for each in values[:_SHOWN]]
    if len(values) > _SHOWN:
        lines.append(f"  and {len(values) - _SHOWN} more, in reports/unseen.json")
    return lines


def _beyond(
    values: pd.Series, limits: Limits, whose: pd.Series, feature: str
) -> set[Unseen]:
    if not limits.has_range or values.isna().all():
        return set()
    numbers = values.to_numpy(dtype="float64", na_value=float("nan"))
    low = float("-inf") if limits.min is None else limits.min
    high = float("inf") if limits.max is None else limits.max
    is_beyond = (numbers < low) | (numbers > high)
    return {
        Unseen(feature, str(name), float(value), str(limits))
        for name, value in zip(whose[is_beyond], numbers[is_beyond], strict=True)
    }


def _newest_rows(settings: Settings, path: str) -> pd.DataFrame:
    with open_memory(settings) as connection:
        return connection.execute(
            f"with rows as (select * from read_parquet($path)) "
            f"select * from rows where {EVENT_TIMESTAMP} > "
            f"(select max({EVENT_TIMESTAMP}) - {_NEWEST} from rows)",
            {"path": path},
        ).df()


def _whose(
    rows: pd.DataFrame, view: FeatureView, names: Mapping[str, Mapping[int, str]]
) -> pd.Series:
    """Name each row by its keys: ids of players and teams by their names."""
    words = None
    for key, _ in view.entities:
        known = names.get(key)
        part = rows[key].astype(str) if known is None else rows[key].map(known)
        part = part.fillna(rows[key].astype(str))
        words = part if words is None else words + ", " + part
    assert words is not None
    return words


def _names(settings: Settings) -> dict[str, dict[int, str]]:
    queries = {
        "team_id": "select team_id, team_abbreviation from main.stg_teams",
        "player_id": "select player_id, player_name from main.int_player_names",
    }
    with open_warehouse(settings) as warehouse:
        return {
            key: dict(warehouse.execute(query).fetchall())
            for key, query in queries.items()
        }
