"""Build and test every feature with dbt."""

from __future__ import annotations

from ml.console import console, run_job, step
from ml.options import (
    AsOfOption,
    as_utc,
)
from ml.settings import Settings


def build(settings: Settings, *, as_of: AsOfOption = None) -> None:
    """Build and test every feature with dbt.

    Example: tipoff build
    """
    from ml.features.build import build_features, warned_tests
    from ml.features.unseen import in_words, unseen_of_build

    with step("build and test the features") as say:
        n_nodes = build_features(settings, as_of=as_utc(as_of))
        unseen = [*warned_tests(settings), *in_words(unseen_of_build(settings))]
        say(f"{n_nodes} models and tests")
    for line in unseen:
        console.print(line, markup=False)


if __name__ == "__main__":
    run_job(build)
