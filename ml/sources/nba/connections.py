"""Connections that end in time, whatever they are at."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError


class TooLateError(TimeoutError):
    """An exchange was not over in time."""


class Connections(HTTPAdapter):
    """One host's connections, of which one at a time is in use.

    A limit of requests is that of a single wait: a host that sends a byte a second,
    of its certificate, its headers or its body, is waited for without end.
    """

    def __init__(self) -> None:
        super().__init__()
        # A second handle of the connection: what it closes is closed for whoever waits.
        self._handle: socket.socket | None = None
        self._is_over = False

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End what is asked in this block, at whatever it is.

        Parameters
        ----------
        seconds : float
            How long it may take, from the connection to the last byte.

        Raises
        ------
        TooLateError
            If it took longer.
        """
        self._is_over = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (requests.RequestException, HTTPError, OSError):
            # What broke because it was ended is told as what it is, below.
            if not self._is_over:
                raise
        finally:
            timer.cancel()
        if self._is_over:
            raise TooLateError(f"not whole after {seconds:.0f} s")

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return connections that tell of every one that is opened."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        kind = pool.ConnectionCls
        if not issubclass(kind, _Told):
            opened = staticmethod(self._opened)
            pool.ConnectionCls = type("Told", (_Told, kind), {"opened": opened})
        return pool

    def close(self) -> None:
        """Close all."""
        super().close()
        if self._handle is not None:
            self._handle.close()

    def _opened(self, connection: socket.socket) -> None:
        if self._handle is not None:
            self._handle.close()
        self._handle = connection.dup()
        if self._is_over:
            self._end()

    def _end(self) -> None:
        self._is_over = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


class _Told:
    opened: Callable[[socket.socket], None]

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self.opened(made)
        return made
