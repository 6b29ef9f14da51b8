"""Answer questions about an evening over HTTP, with a page for the browser."""

from __future__ import annotations

import socket
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from ml.console import console, run_job, step
from ml.errors import SettingsError
from ml.options import DateOption, as_date
from ml.settings import Settings

PORT = 8321


def serve(
    settings: Settings,
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen at; other than loopback: a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = PORT,
    date: DateOption = None,
    save: Annotated[
        Path | None,
        typer.Option(
            help="Write the page of the day as one HTML file that needs no service, "
            "and end."
        ),
    ] = None,
) -> None:
    """Serve tonight's games, prices and what-ifs to browsers and programs.

    Whoever calls from elsewhere must send the token of TIPOFF_SERVE_TOKEN.

    Example: tipoff serve --port 8321

    Example: tipoff serve --date 2024-01-15 --save evening.html
    """
    import uvicorn

    from ml.serve.api import create_app
    from ml.serve.evenings import Evenings
    from ml.serve.saved_page import write_saved_page

    if date is not None and save is None:
        raise SettingsError(
            "--date is of the day to --save", "the page and ?date= show any other"
        )
    token = settings.serve_token.get_secret_value()
    if not _is_loopback(host) and len(token) < _SHORTEST:
        raise SettingsError(
            f"--host {host} is reachable from elsewhere, and no token is asked for",
            f"set TIPOFF_SERVE_TOKEN to {_SHORTEST} characters or more",
        )
    evenings = Evenings(settings)
    with step("forecast") as say:
        served = evenings.on(as_date(date))
        slate = served.evening.slate
        say(f"{slate.n_games} game(s) on {slate.day}")
    if save is not None:
        with step(f"write {save}"):
            write_saved_page(save, served)
        return
    names = ["localhost", "127.0.0.1", "[::1]"] if _is_loopback(host) else ["*"]
    app = create_app(evenings, token=token, hosts=names)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            limit_concurrency=64,
            timeout_keep_alive=15,
            server_header=False,
            h11_max_incomplete_event_size=16_384,
        )
    )
    with closing(_listen(host, port)) as listener:
        console.print(f"http://{host}:{listener.getsockname()[1]}/ (Ctrl-C ends it)")
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"{host}:{port} cannot be listened at: {error.strerror}",
            "give another --port, or 0 for a free one",
        ) from error


_SHORTEST = 16


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    run_job(serve)
