"""Linear algebra on one thread, so that sums of floats are made in one order."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def use_one_thread() -> None:
    """Keep this process to one BLAS thread from now on.

    How many threads share a sum decides its last bits. The limit is never lifted: two
    callers at once, each of whom puts back what he found, would leave it to chance how
    many threads the process goes on with. Commands need no call, since `ml` sets the
    environment before NumPy is loaded; code that another program's process runs does.

    Examples
    --------
    >>> use_one_thread()
    """
    threadpool_limits(1, "blas")
