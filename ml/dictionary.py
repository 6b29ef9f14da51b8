"""What the columns of the exported tables mean, where dbt does not say it."""

from __future__ import annotations

from collections.abc import Iterable

from ml.catalog import FeatureService
from ml.errors import MissingError

KEYS = {
    "game_id": "Game, 10 characters with leading zeros.",
    "season": "Season, such as 2023-24.",
    "season_type": "Regular Season or Playoffs.",
    "game_date": "Day of the game, US/Eastern.",
    "tipoff_at": "Tip-off, UTC.",
    "forecast_at": "The moment of the forecast, UTC; nothing later was used.",
    "features_known_at": "When the newest of the row's features became known, UTC.",
    "home_team_id": "Home team, NBA stats id.",
    "away_team_id": "Away team, NBA stats id.",
    "home_team": "Home team, abbreviation.",
    "away_team": "Away team, abbreviation.",
    "is_playoffs": "Whether it is a play-off game.",
    "is_neutral_site": "Whether neither team plays at home.",
}
FORECASTS = {
    "home_win_prob": "Probability that the home team wins (0-1).",
    "margin_mean": "Expected home - away points.",
    "margin_sd": "Standard deviation of home - away points.",
    "total_mean": "Expected home + away points.",
    "total_sd": "Standard deviation of home + away points.",
    "home_pts_mean": "Expected points of the home team.",
    "away_pts_mean": "Expected points of the away team.",
    **{
        f"{name}_p{level}": f"{level} % quantile of {text} points."
        for name, text in {"margin": "home - away", "total": "home + away"}.items()
        for level in (10, 50, 90)
    },
}
_SIDES = {"home": "Home team", "away": "Away team"}


def describe(columns: Iterable[str], service: FeatureService) -> dict[str, str]:
    """Return what each column of a table means.

    Parameters
    ----------
    columns : iterable of str
        Names of keys, forecasts and features of a service.
    service : FeatureService
        Describes its features.

    Returns
    -------
    dict of str to str
        Column and description.

    Raises
    ------
    MissingError
        If nothing describes a column.
    """
    known = KEYS | FORECASTS
    for column in service.columns:
        side = _SIDES.get(column.join.side)
        text = column.feature.description
        known[column.name] = f"{side}: {text}" if side else text
    for difference in service.differences:
        text = difference.home.feature.description
        known[difference.name] = f"Home - away: {text}"
    wanted = list(columns)
    if strange := [name for name in wanted if name not in known]:
        raise MissingError(
            f"nothing describes the columns {strange}", "describe them in ml.dictionary"
        )
    return {name: known[name] for name in wanted}
