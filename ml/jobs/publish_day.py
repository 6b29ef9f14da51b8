"""Deliver a day's files to a bucket or a folder."""

from __future__ import annotations

from datetime import date as date_type
from typing import Annotated

import typer

from ml.console import run_job, step
from ml.errors import MissingError, SettingsError, StorageError
from ml.options import DateOption, as_date
from ml.report.publish_target import check_target
from ml.settings import Settings


def publish_day(
    settings: Settings,
    *,
    to: Annotated[
        str, typer.Option(help="s3://bucket/prefix, file:///folder, gs://bucket, …")
    ] = "",
    date: DateOption = None,
) -> None:
    """Deliver a day's files under one prefix, the manifest last.

    The target may also stand in TIPOFF_PUBLISH_TO.

    Example: tipoff publish --to s3://my-bucket/nba --date 2024-01-15
    """
    from ml.report.publishing import publish

    target = to or settings.publish_to
    if not target:
        raise SettingsError("no target was given", "say --to s3://bucket/prefix")
    check_target(settings, target)
    with step("publish") as say:
        done = publish(settings, target, as_date(date) or _last_day(settings))
        verb = "were there already" if done.is_repeat else "written"
        say(f"{done.n_files} files {verb}: {done.manifest}")


def _last_day(settings: Settings) -> date_type:
    import json

    if not settings.last_run.exists():
        raise MissingError("nothing was forecast yet", "run `tipoff predict`")
    try:
        run = json.loads(settings.last_run.read_text("utf-8"))
        return date_type.fromisoformat(run["game_date"])
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{settings.last_run} is damaged", "run `tipoff predict` again"
        ) from error


if __name__ == "__main__":
    run_job(publish_day, writes=False)
