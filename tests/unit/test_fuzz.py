"""A short run of every fuzz; `python benchmarks/fuzz.py` runs them for longer."""

import pytest
from fuzzing import TARGETS, target
from hypothesis import HealthCheck, settings

EXAMPLES = {"expression": 60, "mapping": 60, "registry": 25, "source": 1}


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_is_answered_by_a_crash(name: str) -> None:
    run = settings(
        max_examples=EXAMPLES[name],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )(target(name))
    run()
