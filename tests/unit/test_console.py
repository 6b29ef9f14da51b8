"""What every step of a command does, beside saying that it is done."""

import contextlib
import gc

import pytest

from ml.console import step


@pytest.mark.parametrize("fails", [False, True])
def test_a_step_looks_for_no_garbage_and_lets_what_follows_do_so(fails):
    assert gc.isenabled()
    with contextlib.suppress(ZeroDivisionError), step("divide"):
        assert not gc.isenabled()
        _ = 1 / (not fails)
    assert gc.isenabled()
