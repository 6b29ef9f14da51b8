"""How fast the service answers, beside the command line, and what it keeps in memory.

    TIPOFF_HOME=data .venv/bin/python benchmarks/service_load.py [--date 2024-01-15]

Starts `tipoff serve` on a free port of loopback and asks about a day of the home that
`tipoff build` and `tipoff train` left. Prints: each kind of question asked first (its
game is drawn for it) and second (about the same game, but not the same question); the
same price by `tipoff price --json`, which has to say the same; prices by 16 clients at
once without a pause, few of them asked before; the memory of the service over 10,000
questions of every kind; a sheet of 500 lines by the service and by `tipoff price
--lines`, which have to say the same.
"""

import argparse
import csv
import http.client
import io
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

_STATS = ("pts", "reb", "ast", "fg3m", "pts+reb+ast", "pts+ast", "stl+blk", "reb+ast")
_TIPOFF = (sys.executable, "-m", "ml.cli")
_TICKS = os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--date", help="day of the games; the next one by default")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--requests", type=int, default=10_000)
    given = parser.parse_args()
    with service() as (port, pid, seconds):
        print(f"ready after {seconds:.1f} s")
        client = Client(port)
        day = given.date or json.loads(client.get("/health"))["date"]
        asked = Questions(client, day)
        first_and_second(client, pid, asked)
        the_same_price(client, asked)
        many_clients(port, pid, asked, given.clients, given.requests // 5)
        memory(port, pid, asked, given.clients, given.requests)
        # The service closed the first connection meanwhile.
        sheet(Client(port), asked)


@contextmanager
def service():
    began = time.perf_counter()
    process = subprocess.Popen(
        [*_TIPOFF, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        while not (found := re.search(r"http://\S+:(\d+)/", process.stderr.readline())):
            if process.poll() is not None:
                raise SystemExit("the service did not start")
        yield int(found[1]), process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(60)


class Client:
    """One connection that is kept; every question's seconds."""

    def __init__(self, port):
        self._to = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.seconds = []

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, body, kind="application/json"):
        data = body if isinstance(body, str) else json.dumps(body)
        return self._ask("POST", path, data.encode(), {"content-type": kind})

    def _ask(self, verb, path, body=None, headers=None):
        began = time.perf_counter()
        self._to.request(verb, path, body, headers or {})
        answer = self._to.getresponse()
        found = answer.read()
        self.seconds.append(time.perf_counter() - began)
        if answer.status != 200:
            raise SystemExit(f"{verb} {path}: {answer.status} {found.decode()[:300]}")
        return found


class Questions:
    """Questions about a day, another one at each call."""

    def __init__(self, client, day):
        self.day = day
        self.chance = random.Random(19)
        self.games = json.loads(client.get(f"/games?date={day}"))
        self.players = {}

    def learn(self, game_id, answer):
        """Keep who is likely to play."""
        self.players[game_id] = [
            row for row in json.loads(answer)["players"] if row["play_prob"] > 0.8
        ]

    def one(self, game_id=None):
        return self.chance.choice(
            self.players[game_id or self.chance.choice(list(self.players))]
        )

    def line(self, row, stat):
        mean = sum(row[f"{part}_mean"] for part in stat.split("+"))
        # As books offer them: about the mean, a quarter of it above or below at most.
        return max(0, round(mean * self.chance.uniform(0.75, 1.25) - 0.5)) + 0.5

    def price(self, game_id=None):
        row, stat = self.one(game_id), self.chance.choice(_STATS)
        asked = {"player": row["player_name"], "stat": stat, "date": self.day}
        return "/price?" + urlencode(asked | {"line": self.line(row, stat)})

    def combination(self, game_id):
        row = self.one(game_id)
        over = {"player": row["player_name"], "stat": "pts", "side": "over"}
        over["line"] = self.line(row, "pts")
        legs = [{"team": row["team"], "stat": "moneyline"}, over]
        return {"legs": legs, "date": self.day}

    def what_if(self, game_id, draws):
        out = [self.one(game_id)["player_name"]]
        return {"game": game_id, "out": out, "date": self.day, "draws": draws}

    def sheet(self, n_lines):
        """Lines on players and teams of every game, every fifth a bet of two legs."""
        rows = []
        while len(rows) < n_lines:
            bet = str(len(rows)) if self.chance.random() < 0.2 else ""
            row, stat = self.one(), self.chance.choice(_STATS)
            if bet:
                legs = {"bet": bet, "team": row["team"], "stat": "moneyline"}
                rows.append(legs | {"odds": "+180"})
            over = {"bet": bet, "player": row["player_name"], "stat": stat}
            over |= {"side": self.chance.choice(["over", "under"])}
            over |= {"line": self.line(row, stat), "odds": "" if bet else "-110"}
            rows.append(over)
        text = io.StringIO()
        names = ("bet", "team", "player", "stat", "side", "line", "odds")
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[:n_lines])
        return text.getvalue()


def first_and_second(client, pid, asked):
    """Each kind about games of which nothing was asked, then about the same."""
    print(f"\n{asked.day}, {len(asked.games)} games; the service's own CPU beside")
    print(f"{'':28} first ms (CPU)   second ms (CPU)   worst")
    ids = [game["game_id"] for game in asked.games]
    drawn, cpu = [], cpu_seconds(pid)
    for game_id in ids:
        # Draws the game: the first of its questions, whichever it is.
        path = f"/games/{game_id}?date={asked.day}"
        asked.learn(game_id, client.get(path))
        drawn.append(client.seconds[-1])
    cpu = (cpu_seconds(pid) - cpu) / len(ids)
    again = timed(client.get, [f"/games/{each}?date={asked.day}" for each in ids], pid)
    tell("a game, its draws among it", (drawn, cpu), again)
    kinds = {
        "games": lambda _: (client.get, f"/games?date={asked.day}"),
        "a player": lambda each: (
            client.get,
            f"/players/{quote(asked.one(each)['player_name'])}?date={asked.day}",
        ),
        "a price": lambda each: (client.get, asked.price(each)),
        "a combination": lambda each: (
            partial(client.post, "/combination"),
            asked.combination(each),
        ),
        "what-if, 500 draws": lambda each: (
            partial(client.post, "/what-if"),
            asked.what_if(each, 500),
        ),
        "what-if, 10,000 draws": lambda each: (
            partial(client.post, "/what-if"),
            asked.what_if(each, 10_000),
        ),
    }
    for name, make in kinds.items():
        questions = [make(each) for each in ids for _ in range(4)]
        ask = questions[0][0]
        first, *others = [question for _, question in questions]
        tell(name, timed(ask, [first], pid), timed(ask, others, pid))


def timed(ask, questions, pid):
    """Return the seconds of each question, and the mean of the service's CPU."""
    found, cpu = [], cpu_seconds(pid)
    for question in questions:
        began = time.perf_counter()
        ask(question)
        found.append(time.perf_counter() - began)
    return found, (cpu_seconds(pid) - cpu) / len(found)


def tell(name, first, second):
    (begin, begin_cpu), (later, later_cpu) = first, second
    print(
        f"{name:28} {1e3 * statistics.median(begin):8.1f} ({1e3 * begin_cpu:.0f}) "
        f"{1e3 * statistics.median(later):10.1f} ({1e3 * later_cpu:.1f}) "
        f"{1e3 * max(later):10.1f}"
    )


def the_same_price(client, asked):
    """A price by the service and by a command."""
    path = asked.price()
    served = json.loads(client.get(path))
    mine = client.seconds[-1]
    words = ["--player", served["player_name"], "--stat", served["stat"]]
    words += ["--line", str(served["line"]), "--date", asked.day, "--json"]
    began = time.perf_counter()
    told = json.loads(run("price", *words))
    wall = time.perf_counter() - began
    wrong = [key for key in told if not same(told[key], served.get(key))]
    if wrong or told.keys() != served.keys():
        raise SystemExit(f"{path}: the command says {told}, the service {served}")
    print(
        f"\ntipoff price --json: {wall:.1f} s, equal; {wall / mine:,.0f} times longer"
    )


def same(one, other):
    if isinstance(one, float):
        return abs(one - other) < 1e-6
    return one == other


def run(*arguments):
    return subprocess.run(
        [*_TIPOFF, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def many_clients(port, pid, asked, n_clients, n_questions):
    """Prices by many at once, without a pause between."""
    before = cpu_seconds(pid)
    began = time.perf_counter()
    found = at_once(port, n_clients, [asked.price() for _ in range(n_questions)])
    wall = time.perf_counter() - began
    cuts = statistics.quantiles(found, n=100)
    print(
        f"\n{n_questions:,} prices by {n_clients} clients: median "
        f"{1e3 * cuts[49]:.1f} ms, 95 % {1e3 * cuts[94]:.1f} ms, worst "
        f"{1e3 * max(found):.1f} ms; {n_questions / wall:.0f} a second, "
        f"{1e3 * (cpu_seconds(pid) - before) / n_questions:.2f} CPU ms each"
    )


def at_once(port, n_clients, questions):
    def ask(mine):
        client = Client(port)
        for question in mine:
            if isinstance(question, str):
                client.get(question)
            else:
                client.post(*question)
        return client.seconds

    with ThreadPoolExecutor(n_clients) as pool:
        parts = [questions[n::n_clients] for n in range(n_clients)]
        return [each for times in pool.map(ask, parts) for each in times]


def memory(port, pid, asked, n_clients, n_questions):
    """Questions of every kind; memory after each tenth of them."""
    sizes = [megabytes(pid)]
    for _ in range(10):
        questions = [any_question(asked) for _ in range(n_questions // 10)]
        at_once(port, n_clients, questions)
        sizes.append(megabytes(pid))
    told = ", ".join(f"{size:.0f}" for size in sizes)
    print(f"\nmemory over {n_questions:,} questions: {told} MB")


def any_question(asked):
    kind = asked.chance.random()
    game_id = asked.chance.choice(list(asked.players))
    if kind < 0.85:
        return asked.price(game_id)
    if kind < 0.90:
        return f"/games/{game_id}?date={asked.day}"
    if kind < 0.95:
        return f"/players/{asked.one(game_id)['player_id']}?date={asked.day}"
    if kind < 0.99:
        return "/combination", asked.combination(game_id)
    return "/what-if", asked.what_if(game_id, 500)


def sheet(client, asked):
    """The same sheet by the service and by a command."""
    text = asked.sheet(500)
    path = f"/lines?form=csv&date={asked.day}"
    times = []
    for _ in range(2):
        served = client.post(path, text, "text/csv").decode()
        times.append(f"{client.seconds[-1]:.1f}")
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.csv"
        lines.write_text(text)
        began = time.perf_counter()
        told = run("price", "--date", asked.day, "--lines", str(lines), "--csv")
        wall = time.perf_counter() - began
    equal = "equal" if told == served else "NOT EQUAL"
    print(
        f"\na sheet of 500 lines: {' and again '.join(times)} s; by the command "
        f"{wall:.1f} s with the forecast, {equal}; {served.count(chr(10)) - 1} bets"
    )


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def megabytes(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
