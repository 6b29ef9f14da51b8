"""Sums of floats are made in one order: linear algebra has one thread."""

import os
import subprocess
import sys

import pytest

PRINT_THREADS = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info

found = [one for one in threadpool_info() if one["user_api"] == "blas"]
print({one["num_threads"] for one in found})
"""
TWO_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import numpy, scipy.linalg
from ml.system.blas import use_one_thread

together = Barrier(2)
def build(_):
    together.wait()
    use_one_thread()
    together.wait()

with ThreadPoolExecutor(2) as pool:
    list(pool.map(build, range(2)))
"""


def threads_after(code):
    environment = {k: v for k, v in os.environ.items() if "_NUM_THREADS" not in k}
    ran = subprocess.run(
        [sys.executable, "-c", code + PRINT_THREADS],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize("module", ["ml.cli", "ml.models.player.model"])
def test_a_command_has_one_thread(module):
    assert threads_after(f"import {module}") == "{1}"


def test_models_that_are_built_at_once_leave_one_thread():
    assert threads_after(TWO_AT_ONCE) == "{1}"
