"""Monitoring: forecasts are kept, graded and watched; so is whether they are made."""

from ml.monitor.duel import Verdict, decide
from ml.monitor.kept import keep_forecasts, read_forecasts
from ml.monitor.player_log import log_player_forecasts, read_player_forecasts
from ml.monitor.review import Review, review, write_review
from ml.monitor.trial import compare_models

__all__ = [
    "Review",
    "Verdict",
    "compare_models",
    "decide",
    "keep_forecasts",
    "log_player_forecasts",
    "read_forecasts",
    "read_player_forecasts",
    "review",
    "write_review",
]
