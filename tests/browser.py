"""A page of headless Chromium, driven over its own protocol."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")


class Page:
    """One page: scripts that are run in it, and what a user's hands do."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(
            json.dumps({"id": self._number, "method": method, "params": parameters})
        )
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def run(self, script: str) -> Any:
        found = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str, seconds: float = 60.0) -> Any:
        end = time.monotonic() + seconds
        while not (found := self.run(script)):
            assert time.monotonic() < end, f"{script} never came: {self.text()}"
            time.sleep(0.05)
        return found

    def open(self, url: str) -> None:
        """Leave for another page, and wait until it is another one."""
        self.run("window.isLeft = true")
        self.send("Page.navigate", url=url)
        self.until("!window.isLeft")

    def text(self) -> str:
        return str(self.run("document.body.innerText"))

    @staticmethod
    def of(selector: str) -> str:
        """Return the script that finds an element."""
        return f"document.querySelector({json.dumps(selector)})"

    def hindrances(self, scheme: str) -> list[str]:
        """Return what axe-core finds to hinder readers, in light or dark colours."""
        colors = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[colors])
        found = self.run(
            f"(async () => {{ if (!window.axe) {{ {AXE} }}"
            "const found = await window.axe.run(); return found.violations.map(e => "
            "`${e.impact} ${e.id} ${e.nodes.map(n => n.target).slice(0, 3)}`) })()"
        )
        return [f"{scheme}: {each}" for each in found]

    def resize(self, width: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )

    def place(self, selector: str, share: float = 0.5) -> tuple[float, float]:
        box = self.run(
            f"(e => {{ e.scrollIntoView({{block: 'center'}}); "
            "const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height] "
            f"}})({self.of(selector)})"
        )
        return box[0] + share * box[2], box[1] + box[3] / 2

    def drag(self, selector: str, start: float, end: float) -> None:
        """Press at a share of an element's width, move to another, let go."""
        x, y = self.place(selector, start)
        self._mouse("mousePressed", x, y, 1)
        x, y = self.place(selector, end)
        self._mouse("mouseMoved", x, y, 1)
        self._mouse("mouseReleased", x, y, 0)

    def click(self, selector: str) -> None:
        self.drag(selector, 0.5, 0.5)

    def key(self, name: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    def _mouse(self, kind: str, x: float, y: float, buttons: int) -> None:
        self.send(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=buttons,
            clickCount=1,
        )


@contextmanager
def browsing(folder: Path, url: str) -> Iterator[Page]:
    """Open a page in a browser of its own."""
    process = subprocess.Popen(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu"),
            *("--remote-debugging-port=0", f"--user-data-dir={folder}"),
            *("--no-first-run", "--disable-background-networking", "about:blank"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = folder / "DevToolsActivePort"
        end = time.monotonic() + 60
        while not (told.exists() and "\n" in told.read_text("utf-8")):
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.05)
        port = told.read_text("utf-8").splitlines()[0]
        pages = requests.get(f"http://127.0.0.1:{port}/json", timeout=30).json()
        page = next(each for each in pages if each["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
            opened = Page(socket)
            opened.send("Page.enable")
            opened.send("Page.navigate", url=url)
            yield opened
    finally:
        process.terminate()
        process.wait(30)
