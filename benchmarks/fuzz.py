"""Fuzz expressions, mappings, the registry and sources: no crash, hang or traceback.

Usage: python benchmarks/fuzz.py --minutes 10 expression mapping registry source
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from fuzzing import TARGETS, target  # noqa: E402

_EXAMPLES = {"source": 10, "registry": 100}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10.0, help="of each")
    options = parser.parse_args()
    warnings.simplefilter("error", SyntaxWarning)
    for name in options.targets or TARGETS:
        began, rounds = time.monotonic(), 0
        n_examples = _EXAMPLES.get(name, 500)
        while time.monotonic() - began < 60 * options.minutes:
            run = settings(
                max_examples=n_examples,
                deadline=None,
                database=DirectoryBasedExampleDatabase(".hypothesis/fuzz"),
                suppress_health_check=list(HealthCheck),
            )(seed(time.time_ns() % 2**32)(target(name)))
            run()
            rounds += 1
        minutes = (time.monotonic() - began) / 60
        print(f"{name}: {rounds * n_examples:,} inputs in {minutes:.1f} minutes, well")


if __name__ == "__main__":
    main()
