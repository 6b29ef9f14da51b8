"""What the columns of the exported tables mean, where dbt does not say it."""

from __future__ import annotations

from collections.abc import Iterable

from ml.boxscore.summary import SUMMARISED
from ml.errors import MissingError
from ml.features.catalog import Catalog

KEYS = {
    "game_id": "Game, 10 characters with leading zeros.",
    "season": "Season, such as 2023-24.",
    "season_type": "Regular Season, PlayIn, Playoffs or Cup Final.",
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
    "player_id": "Player, NBA stats id.",
    "player_name": "Player.",
    "team_id": "His team, NBA stats id.",
    "team": "His team, abbreviation.",
    "opponent_team_id": "The other team, NBA stats id.",
    "opponent": "The other team, abbreviation.",
    "is_home": "Whether his team is at home.",
    "is_on_report": "Whether an injury report before the forecast names him.",
    "profiled_at": "The moment of the profile, UTC; nothing later was used.",
    "known_at": "When the newest of the row's features became known, UTC.",
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
_POINTS = {
    "mean": "mean",
    "p10": "10 % quantile",
    "p50": "50 % quantile",
    "p90": "90 % quantile",
}
PLAYER_FORECASTS = {
    "play_prob": "Probability that he plays (0-1).",
    **{
        f"{stat}_{point}{ending}": f"{name.capitalize()}, {text}, {condition}."
        for stat, name in SUMMARISED.items()
        for point, text in _POINTS.items()
        for ending, condition in (
            ("", "given that he plays"),
            ("_all", "a game he does not play counting as zero"),
        )
    },
}
_PREFIXES = {
    "home": "Home team",
    "away": "Away team",
    "diff": "Home - away",
    "opponent": "The other team",
}


def describe(columns: Iterable[str], catalog: Catalog) -> dict[str, str]:
    """Return what each column of a table means.

    Parameters
    ----------
    columns : iterable of str
        Names of keys, forecasts and features; a feature may have its side in front.
    catalog : Catalog
        Describes the features.

    Returns
    -------
    dict of str to str
        Column and description.

    Raises
    ------
    MissingError
        If nothing describes a column.
    """
    features = {
        feature.name: " ".join(feature.description.split())
        for view in catalog.views
        for feature in view.features
    }
    known = features | KEYS | FORECASTS | PLAYER_FORECASTS

    def meaning(column: str) -> str:
        side, _, feature = column.partition("_")
        if column not in known and side in _PREFIXES and feature in features:
            return f"{_PREFIXES[side]}: {features[feature]}"
        return known.get(column, "")

    described = {column: meaning(column) for column in columns}
    if bare := [column for column, text in described.items() if not text]:
        raise MissingError(
            f"nothing describes the columns {bare}",
            "describe features beside their SQL, others in ml.report.dictionary",
        )
    return described
