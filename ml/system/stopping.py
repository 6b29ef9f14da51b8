"""What SIGTERM, SIGHUP and Ctrl-C do: a command ends, and its workers with it."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Whatever does not let go by then is ended as kill -9 would, which every file bears.
PATIENCE = 10.0
_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
]
_received: list[signal.Signals] = []


class Stopped(KeyboardInterrupt):
    """Somebody told this process to end."""


def stopped_by() -> signal.Signals | None:
    """Return the signal that told this process to end; libraries swallow `Stopped`."""
    return _received[0] if _received else None


def require_not_stopped() -> None:
    """Raise `Stopped` if this process was told to end.

    Raises
    ------
    Stopped
        If it was.
    """
    if _received:
        raise Stopped


@contextmanager
def stoppable() -> Iterator[None]:
    """Have a signal to end raise `Stopped` in what runs within.

    A second signal, or more than `PATIENCE` seconds, end the process at once. What is
    ignored (``nohup``) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    except BaseException:
        if _received:
            end_workers()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    del frame
    if _received:
        _end_now(number)
    _received.append(signal.Signals(number))
    late = threading.Timer(PATIENCE, _end_now, (number,))
    late.daemon = True
    late.start()
    raise Stopped


def _end_now(number: int) -> None:
    end_workers()
    os._exit(128 + number)


def end_workers() -> None:
    """End the processes that this one started to share its work."""
    for worker in multiprocessing.active_children():
        worker.terminate()


def begin_worker() -> None:
    """Let a worker process end with the one that started it, however that ends.

    Ctrl-C reaches all processes of a terminal; only the first one answers it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
