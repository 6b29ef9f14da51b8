"""A server on this machine that answers in the place of the league's hosts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

DENIED = b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD></HTML>"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next answer.

    Attributes
    ----------
    kind : str
        ``denied`` (a 403 page), ``page`` (that page with a 200), ``hang``, ``half``
        (the connection breaks in the body), ``busy`` (429), ``broken`` (500),
        ``empty`` (a 200 without a body), ``drops`` (headers, then the body, a byte
        every hundredth of a second).
    path : str
        Only for paths that contain this.
    times : int
        For how many answers.
    retry_after : str
        What a 429 asks for.
    """

    kind: str
    path: str = ""
    times: int = 1
    retry_after: str = ""


@dataclass
class StandIn:
    """The server: what it answers, what was asked, what goes wrong."""

    answer: Callable[[str], bytes | None]
    asked: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    url: str = ""
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, kind: str, path: str = "", **how: object) -> None:
        self.faults.append(Fault(kind, path, **how))  # type: ignore[arg-type]

    def _fault(self, path: str) -> Fault | None:
        for place, fault in enumerate(self.faults):
            if fault.path in path:
                del self.faults[place]
                if fault.times > 1:
                    left = Fault(
                        fault.kind, fault.path, fault.times - 1, fault.retry_after
                    )
                    self.faults.insert(place, left)
                return fault
        return None


@contextmanager
def serving(answer: Callable[[str], bytes | None]) -> Iterator[StandIn]:
    """Serve until the block ends; `answer` maps a path to a body, None = no such."""
    stand_in = StandIn(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with stand_in._lock:
                stand_in.asked.append(self.path)
                stand_in._now += 1
                stand_in.most_at_once = max(stand_in.most_at_once, stand_in._now)
                fault = stand_in._fault(self.path)
            try:
                self._respond(fault)
            finally:
                with stand_in._lock:
                    stand_in._now -= 1

        def _respond(self, fault: Fault | None) -> None:
            kind = fault.kind if fault else ""
            if self.headers.get("Referer") != "https://www.nba.com/":
                kind = "denied"
            if kind == "hang":
                time.sleep(1)
                self.close_connection = True
                return
            if kind == "busy":
                assert fault is not None
                self._send(429, b"", {"Retry-After": fault.retry_after})
                return
            if kind in ("denied", "broken"):
                self._send(403 if kind == "denied" else 500, DENIED)
                return
            body = stand_in.answer(self.path)
            if body is None:
                self._send(403, DENIED)
            elif kind == "drops":
                self.close_connection = True
                told = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                with suppress(OSError):
                    for byte in told.encode() + body:
                        self.wfile.write(bytes([byte]))
                        time.sleep(0.01)
            elif kind == "half":
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            else:
                self._send(200, {"page": DENIED, "empty": b""}.get(kind, body))

        def _send(
            self, status: int, body: bytes, headers: dict[str, str] | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
    assert urlsplit(stand_in.url).hostname == "127.0.0.1"
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
