"""Who does work that is independent: processes of this machine, or a dask cluster.

Whatever can be cut into parts that know nothing of each other (months of a backtest,
refits, settings to try) takes an `Executor` and gives it the parts by `in_order`. What
comes back is the same with any executor, and with none.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import multiprocessing
import os
import platform
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from ml.errors import ClusterError, MemoryLimitError, SettingsError
from ml.settings import project_variables
from ml.system.blas import use_one_thread
from ml.system.libraries import library_versions
from ml.system.stopping import begin_worker, end_workers

T = TypeVar("T")
CLUSTER_EXTRA = "pip install 'tipoff[cluster]'"
# Seconds: until a scheduler answers and a first worker is there; how often one looks
# whether they still are; how long a cluster may be without a worker.
CONNECT, LOOK, PATIENCE = 10.0, 5.0, 60.0
_one_at_a_time = threading.Lock()


@contextmanager
def executor_of(n_processes: int, scheduler: str = "") -> Iterator[Executor]:
    """Give what does independent work, until the block is left.

    Parameters
    ----------
    n_processes : int
        How many processes of this machine, where there is no scheduler. They end with
        this one, however that ends.
    scheduler : str
        The address of a dask scheduler, ``tcp://host:port``.

    Yields
    ------
    Executor
        Of processes, or of the cluster's workers.

    Raises
    ------
    SettingsError
        If the package `distributed`, an extra, is not installed.
    ClusterError
        If the scheduler does not answer or has no worker.
    """
    if scheduler:
        with _connected(scheduler) as cluster:
            yield cluster
        return
    # Not forked: LightGBM's threads do not survive it.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        n_processes, mp_context=fresh, initializer=begin_worker
    ) as pool:
        try:
            yield pool
        except BaseException:
            # Else the pool waits until they have done what they began.
            end_workers()
            raise


def in_order(
    executor: Executor | None,
    function: Callable[..., T],
    parts: Iterable[Any],
    *common: Any,
) -> Iterator[T]:
    """Call ``function(*common, part)`` for each part; yield what it returns, in order.

    Parameters
    ----------
    executor : Executor, optional
        Who calls it; this process itself, one part after the other, where absent.
    function : callable
        Of a module, so that another process finds it.
    parts : iterable
        Not many more than can be worked at are under way at once, so that they may
        come from a generator.
    *common
        Arguments of every part, what `shared` gave among them.

    Raises
    ------
    ClusterError
        If the cluster was lost, or lacks what is installed here.
    MemoryLimitError
        If a process of this machine was killed.
    """
    if executor is None:
        yield from (function(*common, part) for part in parts)
        return
    under_way: deque[Future[T]] = deque()
    try:
        for part in parts:
            under_way.append(executor.submit(function, *common, part))
            if len(under_way) > 2 * _n_workers(executor):
                yield _outcome(executor, under_way.popleft())
        while under_way:
            yield _outcome(executor, under_way.popleft())
    finally:
        for future in under_way:
            future.cancel()


def shared(executor: Executor | None, value: Any) -> Any:
    """Return what stands for a large argument of many parts: a cluster gets it once."""
    return executor.share(value) if isinstance(executor, Cluster) else value


class Cluster(Executor):
    """Workers of a dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected to the scheduler.
    address : str
        The scheduler's, for messages.
    """

    def __init__(self, client: Any, address: str) -> None:
        self.address = address
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._last_seen = time.monotonic()

    def submit(
        self, function: Callable[..., T], /, *args: Any, **kwargs: Any
    ) -> Future[T]:
        """Have a worker call a function, once its code proves to be this one's."""
        future: Future[T] = self._executor.submit(
            _call, fingerprint(), function, *args, **kwargs
        )
        return future

    def share(self, value: Any) -> Any:
        """Send a value to the scheduler, which has it anew for whoever lost it."""
        return self._client.submit(_same, value, pure=False)

    def n_workers(self) -> int:
        """Return how many parts can be worked at at once; 0 while no worker is there.

        Raises
        ------
        ClusterError
            If the scheduler does not answer.
        """
        if self._client.status != "running":
            raise self.lost("the scheduler does not answer any more")
        try:
            return len(self._client.nthreads())
        except (OSError, RuntimeError) as error:
            raise self.lost("the scheduler does not answer any more") from error

    def require_workers(self) -> None:
        """Raise unless somebody works, or did a short while ago.

        Raises
        ------
        ClusterError
            If the scheduler does not answer, or has been without a worker for long.
        """
        if self.n_workers():
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > PATIENCE:
            raise self.lost(f"it has had no worker for {PATIENCE:.0f} s")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the workers."""
        self._executor.shutdown(wait=wait and not cancel_futures)

    def lost(self, what: str) -> ClusterError:
        """Return the error that says what became of the cluster."""
        return ClusterError(
            f"the dask cluster at {self.address} was lost: {what}",
            "start it again and run this again: it goes on where it was",
        )


@contextmanager
def _connected(address: str) -> Iterator[Cluster]:
    """Connect to a dask scheduler, and let go of it."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise SettingsError(
            f"the scheduler {address} needs the package distributed, which is not "
            "installed",
            CLUSTER_EXTRA,
        ) from error
    # What is wrong is told by one error, not by logs with tracebacks.
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask: Any = import_module("dask")
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        try:
            client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterError(
                f"no dask scheduler answers at {address}",
                "start one (dask scheduler), or leave out --scheduler and "
                "TIPOFF_SCHEDULER to work on this machine alone",
            ) from error
        try:
            cluster = Cluster(client, address)
            until = time.monotonic() + CONNECT
            while not cluster.n_workers():
                if time.monotonic() > until:
                    raise ClusterError(
                        f"the dask scheduler at {address} has no worker",
                        f"start some: dask worker {address} --nthreads 1",
                    )
                time.sleep(0.1)
            yield cluster
        finally:
            client.close(timeout=CONNECT / 2)


def _n_workers(executor: Executor) -> int:
    if isinstance(executor, Cluster):
        return max(1, executor.n_workers())
    return int(getattr(executor, "_max_workers", os.cpu_count() or 1))


def _outcome(executor: Executor, future: Future[T]) -> T:
    """Wait for what a part gives, as long as there is somebody to give it."""
    if not isinstance(executor, Cluster):
        try:
            return future.result()
        except BrokenExecutor as error:
            raise MemoryLimitError(
                "a process that did a part of the work was ended from outside, as the "
                "system does where memory is short",
                "have fewer at once (TIPOFF_THREADS, TIPOFF_MEMORY_GB), and run this "
                "again: it goes on where it was",
            ) from error
    killed: Any = import_module("distributed").KilledWorker
    while not wait([future], timeout=LOOK).done:
        executor.require_workers()
    try:
        return future.result()
    except CancelledError as error:
        raise executor.lost("it gave up a part of the work") from error
    except killed as error:
        raise ClusterError(
            f"workers of the dask cluster at {executor.address} ended, one after the "
            "other, at the same part of the work",
            "give each worker more memory (2 GB a worker), and run this again: it "
            "goes on where it was",
        ) from error
    except (ModuleNotFoundError, RuntimeError) as error:
        # The scheduler reads what it hands on, and wraps what stops it.
        absent = error if isinstance(error, ModuleNotFoundError) else error.__cause__
        if not isinstance(absent, ModuleNotFoundError):
            raise
        raise ClusterError(
            f"the dask scheduler at {executor.address}, or a worker, lacks the "
            f"package {absent.name}",
            "install there what is installed here, tipoff among it",
        ) from error


def _same(value: T) -> T:
    return value


def _call(sender: str, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Call a function in a worker of a cluster, to the same bits as here.

    One at a time in a process: what a part sets in it holds for all its threads.
    """
    if fingerprint() != sender:
        raise ClusterError(
            f"the dask worker on {platform.node()} has other code, other versions of "
            "libraries or another dbt project than this command",
            "install there what is installed here, and start the worker again, in a "
            "folder with the same dbt project if it is one of your own",
        )
    with _one_at_a_time:
        use_one_thread()
        return function(*args, **kwargs)


@functools.cache
def fingerprint(*folders: str) -> str:
    """Return a SHA-256 of what decides numbers: code, libraries, the dbt variables.

    Parameters
    ----------
    *folders : str
        Only these folders and files of the code; all of it where absent.

    Returns
    -------
    str
        The same in two processes that give the same numbers on processors of one kind.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    digest.update(json.dumps(library_versions()).encode())
    package = Path(__file__).resolve().parents[1]
    digest.update(json.dumps(project_variables(), sort_keys=True, default=str).encode())
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if not folders or place.parts[0] in folders:
            digest.update(place.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
