"""Register the features and fill the online store."""

from __future__ import annotations

from ml.console import run_job, step
from ml.options import (
    AsOfOption,
    as_utc,
)
from ml.settings import Settings


def materialize(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Register the features and fill the online store as of a moment.

    Example: tipoff materialize --as-of 2024-01-15T22:00
    """
    from ml.features import feast
    from ml.predict.slate import find_slate

    moment = as_utc(as_of) or find_slate(settings).moment
    with step("materialize the online store") as say:
        catalog = feast.materialize(settings, moment)
        say(f"{len(catalog.views)} views as of {moment:%Y-%m-%d %H:%M} UTC")


if __name__ == "__main__":
    run_job(materialize)
