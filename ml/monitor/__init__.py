"""Monitoring: forecasts are kept, graded and watched; so is whether they are made."""

from ml.monitor.findings import Review
from ml.monitor.forecast_log import keep_forecasts, read_forecasts
from ml.monitor.player_forecast_log import (
    log_player_forecasts,
    read_begun,
    read_player_forecasts,
)
from ml.monitor.review import review, write_review

__all__ = [
    "Review",
    "keep_forecasts",
    "log_player_forecasts",
    "read_begun",
    "read_forecasts",
    "read_player_forecasts",
    "review",
    "write_review",
]
