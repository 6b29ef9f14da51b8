"""`tipoff serve` on a free port: questions to it, bad ones, and a visit to its page."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from browser import Page, browsing

from ml.serve.saved_page import page as saved_page

# A form of bad question, and the status and words of its answer.
BAD_QUESTIONS: tuple[tuple[str, int, str], ...] = (
    ("price?player=Nobody%20At%20All&stat=pts", 404, "is not one of the"),
    ("price?player=&stat=pts", 404, "is not one of the"),
    (f"price?player={'x' * 101}&stat=pts", 422, "at most 100"),
    ("price?stat=pts", 422, "player"),
    ("price?player={}", 422, "stat"),
    ("price?player={}&stat=points", 400, "is not part of an expression"),
    ("price?player={}&stat=__import__('os')", 400, "is not part of an expression"),
    ("price?player={}&stat=pts*20000000", 400, "out of range"),
    ("price?player={}&stat=pts*9999*9999", 400, "out of range"),
    (f"price?player={{}}&stat={'pts-' * 120}pts", 400, "at most 40"),
    (f"price?player={{}}&stat={'-' * 450}pts", 400, "at most 40"),
    (f"price?player={{}}&stat={'x' * 501}", 422, "at most 500"),
    ("price?player={}&stat=pts&line=nan", 400, "no line"),
    ("price?player={}&stat=pts&line=inf", 400, "no line"),
    ("price?player={}&stat=pts&line=-0.5", 400, "is below zero"),
    ("price?player={}&stat=pts&line=1e30", 400, "no line"),
    ("price?player={}&stat=pts&line=many", 422, "line"),
    ("price?player={}&stat=double_double&line=1", 400, "yes or no"),
    ("price?player={}&stat=pts&line=-2", 400, "is below zero"),
    ("price?player={}&stat=%C2%B2", 400, "expression|read"),
    ("price?player={}&stat=%00", 400, "cannot be read"),
    ("price?player={}&stat=pts&game=ZZZ", 404, "is not one of the evening's games"),
    ("price?player=%3Cscript%3E&stat=pts", 404, "is not one of the"),
    ("price?player=99999999999999999999&stat=pts", 404, "is not one of the"),
    ("games?date=2010-01-01", 404, "there are no games on"),
    ("games?date=yesterday", 422, "date"),
    ("games?date=9999-12-31", 404, "there are no games on"),
    ("games?form=xml", 400, "is not known"),
    ("games/ZZZ", 404, "is not one of the evening's games"),
    ("games/%2e%2e%2fetc", 404, ""),
    ("players/Nobody", 404, "is not one of the"),
    ("players/%1b[31m", 404, "is not one of the"),
    ("static/../api.py", 404, ""),
    ("static/%2e%2e/api.py", 404, ""),
    ("static/", 404, ""),
    ("static/..%2f..%2fsettings.py", 404, ""),
    ("static/%00", 404, ""),
    ("price?player={}%00&stat=pts", 404, "is not one of the"),
    ("price?player=%27;%20drop%20table%20x;--&stat=pts", 404, "is not one of the"),
    ("price?player=%FF%FE&stat=pts", 404, "is not one of the"),
    ("price?player={}&player=x&stat=pts", 404, "is not one of the"),
    ("price?player={}&stat=pts**9**9", 400, "is not part of an expression"),
    (f"price?player={{}}&stat={'9' * 490}", 400, "out of range"),
    (f"price?player={{}}&stat={'(' * 240}pts{')' * 240}", 400, "cannot be read"),
    ("price?player={}&stat=pts/0", 400, "is not part of an expression"),
    ("price?player={}&stat=pts%3E", 400, "cannot be read"),
    ("price?player={}&stat=lambda:pts", 400, "is not part of an expression"),
    ("price?player={}&stat=[x%20for%20x%20in%20pts]", 400, "is not part of"),
    ("price?player={}&stat=pts.__class__", 400, "is not part of an expression"),
    ("price?player={}&stat=1", 400, "names no column"),
    ("price?player={}&stat=%D1%80ts", 400, "is not part of an expression"),
    ("price?player={}&stat=pts&line=0x10", 422, "line"),
    ("price?player={}&stat=pts&line=%EF%BC%92", 422, "line"),
    ("games?date=2024-02-30", 422, "date"),
    ("games?date=99999999999", 422, "date"),
    ("games?date=0001-01-01", 404, "no games on 0001-01-01"),
    ("games/%00", 404, "is not one of the evening's games"),
    (f"games/{'A' * 5000}", 404, "is not one of the evening's games"),
    (f"players/{'9' * 400}", 404, "is not one of the"),
    ("nothing", 404, "Not Found"),
    ("docs", 404, "Not Found"),
    ("lines", 405, "Not Allowed"),
    ("what-if", 405, "Not Allowed"),
)
BAD_BODIES: tuple[tuple[str, str, int, str], ...] = (
    ("what-if", "", 422, ""),
    ("what-if", "{", 422, ""),
    ("what-if", "[]", 422, ""),
    ("what-if", '{"game": "ZZZ", "out": ["x"]}', 404, "evening's games"),
    ("what-if", '{"game": "GAME"}', 400, "nothing is supposed"),
    ("what-if", '{"game": "GAME", "out": ["x y z"]}', 404, "is not one of the"),
    ("what-if", '{"game": "GAME", "out": [{}]}', 422, "string"),
    ("what-if", '{"game": "GAME", "minutes": {"PLAYER": 60}}', 400, "1-48"),
    ("what-if", '{"game": "GAME", "minutes": {"PLAYER": "x"}}', 422, "number"),
    ("what-if", '{"game": "GAME", "file": "/etc/passwd"}', 422, "file"),
    ("combination", '{"legs": []}', 422, "at least 1"),
    ("combination", '{"legs": [{"stat": "moneyline"}]}', 400, "needs a team"),
    ("combination", '{"legs": [{"stat": "pts", "player": "PLAYER"}]}', 400, "number"),
    (
        "combination",
        '{"legs": [{"stat": "moneyline", "team": "TEAM"}], "odds": "0"}',
        400,
        "odds",
    ),
    ("lines", "", 422, ""),
    ("lines", "<html>\n<p>", 400, "needs stat"),
    ("what-if", '{"game":' * 20_000, 400, "parsing"),
    ("what-if", "\ud800", 422, ""),
    ("what-if", '{"game": "GAME", "minutes": {"PLAYER": NaN}}', 400, "1-48"),
    ("what-if", '{"game": "GAME", "minutes": {"PLAYER": 1e999}}', 400, "1-48"),
    (
        "what-if",
        '{"game": "GAME", "out": ["PLAYER"], "minutes": {"PLAYER": 9}}',
        400,
        "",
    ),
    ("what-if", '{"game": "GAME", "out": ["PLAYER"], "draws": 1e30}', 422, "draws"),
    ("what-if", '"PLAYER"', 422, "the body"),
    ("what-if", '{"game": "GAME", "bench": {"TEAM": NaN}}', 400, "cannot play nan"),
    ("what-if", '{"game": "GAME", "bench": {"XYZ": 5}}', 404, "does not play in"),
    ("what-if", '{"game": "GAME", "bench": {"TEAM": 300}}', 400, "this one from"),
    ("what-if", '{"game": "GAME", "starts": {"PLAYER": "PLAYER"}}', 400, "two things"),
    ("what-if", '{"game": "GAME", "starts": {"PLAYER": 3}}', 422, "string"),
    ("combination", f'{{"legs": [{"{}," * 12}{{}}]}}', 422, "at most 12"),
    ("lines", "stat,stat\npts,x", 400, "stat, once"),
    ("lines", "stat\n" + "x" * 200_000, 400, "no CSV"),
    ("lines", "stat,player\n" + "pts,x\n" * 25_000, 400, "25,000 lines"),
    # A bad row spoils its own bet alone.
    ("lines", "stat,player,side,line,odds\npts,PLAYER,over,1.5,0", 200, "odds '0'"),
    ("lines", "stat,player,side,line\npts,PLAYER,over,many", 200, "no number"),
    ("lines", "stat,player,side,line\npts,PLAYER,over,nan", 200, "no number"),
    ("lines", "stat,player,side,line\npts,PLAYER,over,-2.5", 200, "below zero"),
    ("lines", "stat,player,side,line\npts,PLAYER,up,1.5", 200, "is not known here"),
    ("lines", "stat,player,side,line\npts,<b>,over,1.5", 200, "is not one of the"),
    (
        "lines",
        "stat,player,side,line,updated_at\npts,PLAYER,over,1,9999-12-31T23:59-23:59",
        200,
        "is no moment",
    ),
    ("lines", "stat\n" * 10 + "x" * 2_000_000, 413, "at most"),
)


@contextmanager
def serving(home: Path, *arguments: str, token: str = "") -> Iterator[str]:
    """Start the service; yield its address; end it as a user does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ml.cli", "serve", "--port", "0", *arguments],
        env={**os.environ, "TIPOFF_HOME": str(home), "TIPOFF_SERVE_TOKEN": token},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        told = ""
        while not (found := re.search(r"http://\S+:\d+/", told)):
            line = process.stderr.readline()
            assert line, f"the service ended: {told}"
            told += line
        yield found.group()
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "Traceback" not in rest


class Service:
    """A running service, asked as another program asks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.request = partial(self._session.request, timeout=120)

    def ask(
        self, verb: str, question: str, body: bytes | None = None, **headers: str
    ) -> requests.Response:
        url = self.url + question
        return self._session.request(verb, url, data=body, headers=headers)

    def answer(self, question: str, **headers: str) -> requests.Response:
        return self._session.get(self.url + question, headers=headers)

    def get(self, question: str) -> Any:
        return self.answer(question).json()

    def again(self, question: str) -> requests.Response:
        """Ask what was answered before."""
        tag = self.answer(question).headers["ETag"]
        return self.answer(question, **{"If-None-Match": tag})

    def post(
        self, question: str, body: Any, *, kind: str = "application/json"
    ) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": kind}
        return self._session.post(self.url + question, data=data, headers=headers)


def bad_answers(service: Service, star: dict[str, Any], *, secret: str) -> list[str]:
    """Ask every bad question; return answers that are not what they should be."""
    found = [
        (question, status, told, service.answer(question.format(quote(name))))
        for name in [star["player_name"]]
        for question, status, told in BAD_QUESTIONS
    ]
    meant = {"GAME": "game_id", "PLAYER": "player_name", "TEAM": "team"}
    for question, form, status, told in BAD_BODIES:
        body = re.sub("|".join(meant), lambda found: star[meant[found.group()]], form)
        kind = "text/csv" if question == "lines" else "application/json"
        answer = service.post(question, body.encode("utf-8", "replace"), kind=kind)
        found.append((f"{question} {body[:80]}", status, told, answer))
    found += [
        (f"{verb} {question}", 405, "Not Allowed", service.ask(verb, question))
        for verb, question in (
            ("DELETE", "games"),
            ("PUT", "price"),
            ("TRACE", "health"),
        )
    ]
    packed = {"Content-Encoding": "gzip", "Content-Type": "text/csv"}
    found += [
        ("as another host", 400, "called", service.answer("health", Host="a.example")),
        ("packed", 415, "packed", service.ask("POST", "lines", b"stat", **packed)),
        ("unlike", 200, "ok", service.answer("health", Accept="x/" + "y" * 5000)),
    ]
    return [
        f"{question}: {answer.status_code} {answer.text[:200]}"
        for question, status, told, answer in found
        if answer.status_code != status
        or not re.search(told, answer.text)
        or secret in answer.text
        or "Traceback" in answer.text
    ]


def browse(
    folder: Path, url: str, game: dict[str, Any], moved: dict[str, Any], name: str
) -> list[str]:
    """Use the page as a visitor does; return what is not as the service says.

    `moved` is the answer where `name` is out and the home team's bench plays five
    minutes more.
    """
    wrong = []

    def expect(told: object, found: object) -> None:
        if not (told in found if isinstance(found, str) else told == found):
            wrong.append(f"{told!r} was expected, found {found!r}")

    with browsing(folder, url) as page:
        page.until(f"{page.of('#game')}?.hidden === false")
        page.click(f"[data-game='{game['game_id']}']")
        wins = f"{game['home_team']} wins {100 * game['home_win_prob']:.1f}%"
        page.until(f"{page.of('#title')}.innerText.includes({wins!r})")
        total = game["total"]
        expect([], page.hindrances("light"))
        page.run(
            "(e => { e.value = 200.5; e.dispatchEvent(new Event('input')) })"
            f"({page.of('#total input[type=number]')})"
        )
        over = sum(p for n, p in enumerate(total["prob"]) if total["from"] + n > 200.5)
        share = f"over 200.5 {100 * over / sum(total['prob']):.1f}%"
        expect(share, page.run(f"{page.of('#total')}.innerText"))
        page.drag("#margin svg", 0.5, 0.6)
        line = f"Number({page.of('#margin input[type=number]')}.value)"
        place = game["margin"]["from"] - 0.5 + 0.6 * len(game["margin"]["prob"])
        dragged = page.run(line)
        expect(round(2 * place) / 2, dragged)
        page.run(f"{page.of('#margin input[type=range]')}.focus()")
        page.key("ArrowRight")
        expect(dragged + 0.5, page.run(line))
        out = f'[data-out="{name}"]'
        page.click(out)
        bench = f"[data-lineup=bench][data-team={game['home_team']}]"
        page.run(
            "(e => { e.value = 5; e.dispatchEvent(new Event('input')) })"
            f"({page.of(bench)})"
        )
        page.click("#apply")
        page.until(f"{page.of('#moved')}.innerText.includes('500 draws')")
        page.until(f"!{page.of('#moved')}.innerText.includes('500 draws')")
        after = {row["what"]: row["after"] for row in moved["game"]}
        expect(
            f"{game['home_team']} wins {100 * after['home_win_prob']:.1f}% (",
            page.run(f"{page.of('#moved')}.innerText"),
        )
        expect(False, page.run(f"{page.of(out)}.checked"))
        expect("0.0", page.run(f"{page.of(out)}.closest('tr').innerText"))
        expect([], page.hindrances("dark"))
        page.click("#reset")
        buttons = "[...document.querySelectorAll('tbody th button')]"
        page.run(f"{buttons}.find(e => e.innerText === {name!r}).click()")
        page.until(f"!{page.of('#player')}.hidden")
        expect(name, page.run(f"{page.of('#player-name')}.innerText"))
        expect("of his last", page.run(f"{page.of('#his')}.innerText"))
        wrong += _of_the_sheet(page, game)
        # What screen readers need: a name for every control.
        named = "e.getAttribute('aria-label') || e.innerText || e.closest('label')"
        controls = "[...document.querySelectorAll('input, select, button')]"
        expect(0, page.run(f"{controls}.filter(e => !({named})).length"))
        asked = page.run("performance.getEntriesByType('resource').map(e => e.name)")
        expect([], [each for each in asked if not each.startswith((url, "data:"))])
        for width in (375, 768, 1440):
            page.resize(width)
            expect(
                0,
                page.run(
                    "Math.max(0, document.documentElement.scrollWidth - innerWidth)"
                ),
            )
    return wrong


def browse_files(folder: Path, game: dict[str, Any], files: list[Path]) -> list[str]:
    """Open what is read without a service: the page of exports, last the saved one."""
    wrong = []
    with browsing(folder, "about:blank") as page:
        for path in files:
            page.open(path.as_uri())
            # Of the page that was saved this is drawn last, the other needs no script.
            page.until(f"{page.of('td small, td i')} !== null")
            teams = f"{game['away_team']} at {game['home_team']}"
            wrong += [] if teams in page.text() else [f"{path.name}: {page.text()}"]
            wrong += page.hindrances("light") + page.hindrances("dark")
            wrong += page.run("performance.getEntriesByType('resource').map(String)")
        page.drag("#total svg", 0.5, 0.6)
        line = page.run(f"Number({page.of('#total input[type=number]')}.value)")
        total = game["total"]
        over = sum(p for n, p in enumerate(total["prob"]) if total["from"] + n > line)
        share = f"over {line:g} {100 * over / sum(total['prob']):.1f}%"
        told = page.run(f"{page.of('#total')}.innerText")
        wrong += [] if share in told else [f"{share} was expected, found {told}"]
        page.run(f"{page.of('tbody th button')}.click()")
        page.until(f"{page.of('#his')}.innerText.includes('of his last')")
        shown = "[...document.querySelectorAll('.asks')].filter(e => e.offsetParent)"
        wrong += page.run(f"{shown}.map(e => e.outerHTML)")
    return wrong


def save_page(path: Path, service: Service, game: dict[str, Any]) -> Path:
    """Save the page with one game and all of its players, as `--save` does."""
    likely = [row for row in game["players"] if row["play_prob"] >= 0.15]
    asked = ["health", f"games/{game['game_id']}"]
    asked += [f"players/{row['player_id']}" for row in likely[:3]]
    kept = {each: service.answer(each).text for each in asked}
    rows = [row for row in service.get("games") if row["game_id"] == game["game_id"]]
    path.write_text(saved_page({**kept, "games": json.dumps(rows)}), encoding="utf-8")
    return path


def _of_the_sheet(page: Page, game: dict[str, Any]) -> list[str]:
    """Price the sheet that the page fills in, look into its calendar."""
    page.click("#sheet summary")
    page.until(f"{page.of('#lines')}.value")
    page.click("#price")
    page.until(f"!{page.of('#priced')}.hidden")
    page.click("#calendar summary")
    marked = page.run(f"{page.of('#month [aria-current=date]')}.dataset.day")
    # Its first bet is that the home team wins.
    bet = page.run(f"{page.of('#priced tbody tr')}.innerText")
    wins = rf"{game['home_team']} win\s+([\d.]+)%"
    found = re.match(wins, bet)
    is_same = found and abs(float(found[1]) - 100 * game["home_win_prob"]) < 2
    return [
        *([] if is_same else [f"{wins} was expected, found {bet}"]),
        *([] if marked == page.run(f"{page.of('#day')}.value") else [marked]),
        *page.hindrances("light"),
        *page.hindrances("dark"),
    ]
