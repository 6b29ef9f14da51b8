"""A night in a process of its own that dies at a step, as `kill -9` ends it."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What a night imports on its way, once for all the processes.
IMPORTED = (
    *(
        "ml.jobs.nightly",
        "ml.predict.gameday",
        "ml.predict.gameday_players",
        "ml.monitor.page",
    ),
    *(
        "ml.ingest.run",
        "ml.features.feast.repository",
        "ml.report.publishing",
        "feast",
        "lightgbm",
    ),
    "great_expectations",
)
# Slow, and of no interest but where a night dies in front of them.
SLOW = (
    ("ml.pipeline.steps", "build_features"),
    ("ml.pipeline.steps", "build_day"),
    ("ml.features.feast", "apply"),
    ("ml.features.feast", "materialize"),
)


@dataclass(frozen=True)
class Step:
    """Where a night dies: in front of the n-th call of a function.

    Attributes
    ----------
    place : str
        The module that calls it by `name`.
    name : str
        The function, or ``Class.method``.
    nth : int
        Of which call.
    """

    place: str
    name: str
    nth: int = 1


STEPS = (
    Step("ml.ingest.run", "write_ingest_log"),  # within the transaction
    Step("ml.pipeline.steps", "build_features"),
    Step("ml.features.feast", "apply"),
    Step("ml.pipeline.steps", "write_text"),  # the note of what is prepared
    Step("ml.jobs.nightly", "retrain"),
    Step("ml.pipeline.steps", "build_day"),
    Step("ml.features.feast", "materialize"),
    Step("ml.predict.gameday", "forecast_slate"),
    Step("ml.monitor", "keep_forecasts"),
    Step("ml.predict.gameday", "write_table", 2),
    Step("ml.predict.gameday", "write_text"),  # what the last run wrote
    Step("ml.monitor", "review"),
    Step("ml.monitor.page", "write_performance_page"),
    Step("ml.report.publishing", "_Place.write", 4),
    Step("ml.report.publishing", "_point_to"),
    Step("ml.jobs.nightly", "_write", 2),  # the first is of its beginning
)


def quicken(put: Callable[[Any, str, Any], None]) -> None:
    """Put quick stand-ins in the place of what is slow."""
    for place, name in SLOW:
        put(importlib.import_module(place), name, lambda *_, **__: 0)


def die_at(step: Step) -> None:
    """Have this process killed at a step."""
    owner: Any = importlib.import_module(step.place)
    *classes, name = step.name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    honest, calls = getattr(owner, name), []

    def deadly(*given: Any, **named: Any) -> Any:
        calls.append(name)
        if len(calls) == step.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return honest(*given, **named)

    setattr(owner, name, deadly)


def night(home: Path, league: Path, when: dict[str, Any], zone: str) -> None:
    """Run a night by the clock of a zone; an error ends the process with code 1."""
    os.environ["TZ"] = zone
    time.tzset()
    from ml.jobs.nightly import nightly
    from ml.settings import Settings

    quicken(setattr)
    die_at(when.pop("step"))
    nightly(Settings(home=home), league, box_scores=False, **when)


def run_until(step: Step, home: Path, league: Path, *, zone: str, **when: Any) -> int:
    """Return how the process ended: -9 where the step was reached."""
    server = multiprocessing.get_context("forkserver")
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    server.set_forkserver_preload(list(IMPORTED))
    given = (home, league, {**when, "step": step}, zone)
    process = server.Process(target=night, args=given)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode
