"""Monitoring: forecasts are kept, graded and watched; so is whether they are made."""

from ml.monitor.duel import Verdict, decide
from ml.monitor.kept import keep_forecasts, read_forecasts
from ml.monitor.review import Review, review, write_review
from ml.monitor.trial import compare_models

__all__ = [
    "Review",
    "Verdict",
    "compare_models",
    "decide",
    "keep_forecasts",
    "read_forecasts",
    "review",
    "write_review",
]
