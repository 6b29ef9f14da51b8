"""Team ratings: Elo, and opponent-adjusted scoring, efficiency and pace."""

from ml.ratings.team.elo import elo_gain, elo_probability
from ml.ratings.team.league import RatingSettings
from ml.ratings.team.replay import RATING_COLUMNS, VERSION_COLUMNS, rate_teams

__all__ = [
    "RATING_COLUMNS",
    "VERSION_COLUMNS",
    "RatingSettings",
    "elo_gain",
    "elo_probability",
    "rate_teams",
]
