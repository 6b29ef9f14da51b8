"""A real S3 server that is slow, or fails, when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class Storm:
    """Stands in front of moto's server.

    Attributes
    ----------
    url : str
        Where it listens.
    puts_left : int or None
        How many files it still takes; as many as come where None.
    wait_seconds : float
        Before every answer.
    """

    url = ""

    def __init__(self, calm: Any) -> None:
        self._calm = calm
        self.puts_left: int | None = None
        self.wait_seconds = 0.0

    def __call__(self, request: dict[str, Any], begin: Any) -> Iterable[bytes]:
        time.sleep(self.wait_seconds)
        if request["REQUEST_METHOD"] == "PUT" and self.puts_left is not None:
            if not self.puts_left:
                begin("503 Slow Down", [("Content-Length", "0")])
                return [b""]
            self.puts_left -= 1
        answer: Iterable[bytes] = self._calm(request, begin)
        return answer


@contextmanager
def stormy_server() -> Iterator[Storm]:
    """Serve S3 on a free port of this machine."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    from werkzeug.serving import make_server

    storm = Storm(moto.DomainDispatcherApplication(moto.create_backend_app))
    server = make_server("127.0.0.1", 0, storm, threaded=True)
    storm.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield storm
    server.shutdown()
    thread.join()
    server.server_close()
