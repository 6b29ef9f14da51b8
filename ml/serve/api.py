"""The HTTP service: who may ask, what, and what is told where it goes wrong."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ml.errors import (
    BusyError,
    MissingError,
    SettingsError,
    SourceError,
    TipoffError,
)
from ml.pricing.price import Stakes, price_bets
from ml.pricing.sheet import parse_sheet
from ml.serve import answers
from ml.serve.answers import Combination, WhatIf, answer, answer_again
from ml.serve.evenings import Evenings

STATIC = Path(__file__).parent / "static"
_MOST_BYTES = 1_000_000
# Seconds in which a body has to come.
_SLOWEST = 10.0
# Whoever asks for more at a time waits: each of them fills a core.
_LARGE_AT_ONCE = 2
_STAKES = Stakes()
_STATUS: tuple[tuple[type[TipoffError], int], ...] = (
    (SettingsError, 400),
    (SourceError, 400),
    (MissingError, 404),
    (BusyError, 503),
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
Day = Annotated[
    date | None, Query(alias="date", description="Day of the games, US/Eastern.")
]
Name = Annotated[str, Query(max_length=100, examples=["Jayson Tatum"])]
Share = Annotated[float, Query(ge=0, le=1)]


def create_app(evenings: Evenings, *, token: str = "", hosts: list[str]) -> FastAPI:
    """Make the service.

    Parameters
    ----------
    evenings : Evenings
        What is asked about.
    token : str
        What callers must send as ``Authorization: Bearer``; nothing where empty.
    hosts : list of str
        Names under which it may be called; others are refused, so that no page of
        elsewhere can read it by a name that points here.
    """
    app = FastAPI(
        title="tipoff",
        version=version("tipoff"),
        description="Questions about the joint samples of an evening's games. Every "
        "number is read from the same draws, so that no two of them disagree.",
        docs_url=None,
        redoc_url=None,
    )
    app.middleware("http")(_guard(token, hosts))
    _tell_errors(app, str(evenings.settings.home))
    _read_routes(app, evenings)
    _work_routes(app, evenings)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def _guard(token: str, hosts: list[str]) -> Callable[..., Awaitable[Response]]:
    async def guard(
        request: Request, call: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        given = request.headers.get("authorization", "").encode()
        name = re.sub(r":[0-9]*$", "", request.headers.get("host", "")).lower()
        if not {"*", name} & set(hosts):
            found = _problem(400, "it is not called so", f"as {', '.join(hosts)}")
        elif token and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            found = _problem(401, "a token is needed", "Authorization: Bearer …")
        elif request.method == "POST" and not _is_short(request):
            found = _problem(413, f"a body has at most {_MOST_BYTES:,} bytes", "")
        elif request.headers.get("content-encoding", "identity") != "identity":
            found = _problem(415, "a packed body is not read", "send it as it is")
        elif request.method == "POST" and not await _is_whole(request):
            found = _problem(408, "the body did not come", f"within {_SLOWEST:g} s")
        else:
            found = await call(request)
        for key, value in _HEADERS.items():
            found.headers.setdefault(key, value)
        return found

    return guard


def _is_short(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length) <= _MOST_BYTES


async def _is_whole(request: Request) -> bool:
    """Read the body; whoever sends it slowly, or goes away, is not waited for."""
    try:
        await asyncio.wait_for(request.body(), _SLOWEST)
    except (TimeoutError, ClientDisconnect):
        return False
    return True


def _problem(status: int, problem: str, remedy: str) -> Response:
    body = json.dumps({"error": problem, "remedy": remedy})
    return Response(body, status, media_type="application/json")


def _tell_errors(app: FastAPI, home: str) -> None:
    """Answer every error in the same form, without paths or traces."""

    def hidden(text: str) -> str:
        return text.replace(home, "the home")

    @app.exception_handler(TipoffError)
    def told(_: Request, error: TipoffError) -> Response:
        for kind, status in _STATUS:
            if isinstance(error, kind):
                return _problem(status, hidden(error.problem), hidden(error.remedy))
        return _problem(500, "this cannot be forecast now", "see tipoff doctor")

    @app.exception_handler(RequestValidationError)
    def refused(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return _problem(422, f"{where}: {first['msg']}", "see /openapi.json")

    @app.exception_handler(HTTPException)
    def missing(_: Request, error: HTTPException) -> Response:
        return _problem(error.status_code, str(error.detail), "see /openapi.json")

    @app.exception_handler(Exception)
    def unforeseen(_: Request, __: Exception) -> Response:
        return _problem(500, "this went wrong here", "the service's log says what")


def _read_routes(app: FastAPI, evenings: Evenings) -> None:
    @app.get("/health", summary="Whether it answers, and of what evening")
    def health(request: Request, day: Day = None) -> Response:
        served = evenings.on(day)
        body = answers.health(served) | {"version": app.version}
        return answer(request, body)

    @app.get("/days", summary="Days with games that can be forecast")
    def days(request: Request, form: str = "json") -> Response:
        served = evenings.on()
        return answer_again(request, served, lambda: answers.days(served), form)

    @app.get("/games", summary="An evening's games")
    def games(request: Request, day: Day = None, form: str = "json") -> Response:
        served = evenings.on(day)
        return answer_again(request, served, lambda: answers.games(served), form)

    @app.get("/games/{game}", summary="One game: distributions and both box scores")
    def game(request: Request, game: str, day: Day = None) -> Response:
        served = evenings.on(day)
        found = served.board.find_game(game)
        return answer_again(request, served, lambda: answers.game(served, found))

    @app.get("/players/{player}", summary="One player: every statistic's distribution")
    def player(request: Request, player: str, day: Day = None) -> Response:
        served = evenings.on(day)
        return answer_again(request, served, lambda: answers.player(served, player))

    @app.get("/price", summary="What a line on a player is worth, given that he plays")
    def price(
        request: Request,
        *,
        player: Name,
        stat: Annotated[str, Query(max_length=500, examples=["pts+reb+ast"])],
        line: Annotated[float | None, Query(examples=[38.5])] = None,
        game: Name | None = None,
        day: Day = None,
    ) -> Response:
        served = evenings.on(day)
        return answer(request, answers.price(served, player, stat, line, game))

    @app.get("/performance", summary="How good earlier forecasts were")
    def performance(request: Request) -> Response:
        path = evenings.settings.reports_dir / "monitor.json"
        if not path.is_file():
            raise MissingError("nothing was graded yet", "run tipoff monitor")
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return answer(request, found)

    @app.get("/performance.html", include_in_schema=False)
    def graded(request: Request) -> Response:
        path = evenings.settings.performance_page
        if not path.is_file():
            raise MissingError("nothing was graded yet", "run tipoff monitor")
        found = answers.tagged(request, path.read_bytes(), "text/html")
        # It is one file, with its style and pictures within.
        found.headers["Content-Security-Policy"] = _POLICY.replace(
            "style-src 'self'", "style-src 'unsafe-inline'"
        )
        return found

    @app.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        body = (STATIC / "index.html").read_bytes()
        return answers.tagged(request, body, "text/html")


def _work_routes(app: FastAPI, evenings: Evenings) -> None:
    large = BoundedSemaphore(_LARGE_AT_ONCE)

    @app.post("/combination", summary="What a bet of several legs is worth")
    def combination(request: Request, asked: Combination) -> Response:
        with large:
            found = answers.combination(evenings.on(asked.date_), asked)
        return answer(request, found)

    @app.post("/lines", summary="What a sheet of lines is worth")
    def lines(
        request: Request,
        sheet: Annotated[str, Body(media_type="text/csv", max_length=_MOST_BYTES)],
        *,
        day: Day = None,
        form: str = "json",
        kelly: Share = _STAKES.kelly_share,
        max_stake: Share = _STAKES.most,
    ) -> Response:
        bets = parse_sheet(sheet)
        with large:
            board = evenings.on(day).board
            priced = price_bets(board, bets, Stakes(kelly, max_stake))
        return answer(request, priced, form)

    @app.post("/what-if", summary="What moves when players are out or minutes are set")
    def what_if(request: Request, asked: WhatIf) -> Response:
        with large:
            found = answers.what_if(evenings.on(asked.date_), asked)
        return answer(request, found)
