"""Whether who reads the online store while another host fills it gets whole answers.

    .venv/bin/python benchmarks/online_store_poll.py HOME WORK [--times 60] [--kills 6]

HOME is one that `tipoff build` and `tipoff train` left; it is copied twice to the
folder WORK, and a Redis is started on a free port of loopback. The first copy fills the
store again and again, with the states of two moments by turns; some of these runs are
killed (SIGKILL) at a random moment and the next one begins at once. The second copy
reads all features of the last day's games, then of thirty of its players, five times a
second. Every answer has to be, cell by cell, that of one of the two states, or an error
of tipoff with its remedy; anything else is printed and ends the command with code 1.
With `--store sqlite` the first copy is read too: two processes share a home.

Then the second copy runs `tipoff predict` twice, of a moment that the store does not
hold, and of the same again, which may not fill it.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from redis import Redis

from ml.errors import TipoffError
from ml.features.feast import materialize, online
from ml.features.manifest import read_catalog
from ml.features.spines import PLAYER_GAME, TEAM_MATCHUP, slate_spine
from ml.predict.slate import find_slate
from ml.settings import Settings

_MOST_ROWS = 30
_TIPOFF = (sys.executable, "-m", "ml.cli")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--store", choices=("redis", "sqlite"), default="redis")
    parser.add_argument("--fill", nargs=2, metavar=("FROM", "TIMES"), help="inner")
    given = parser.parse_args()
    if given.fill:
        # In a process of its own, to be killed.
        fill(Settings(home=given.home), int(given.fill[0]), int(given.fill[1]))
        return
    given.work.mkdir(parents=True, exist_ok=True)
    first, second = given.work / "one", given.work / "two"
    for copy in (first, second):
        shutil.copytree(given.home, copy, dirs_exist_ok=True)
    with store(given) as variables:
        os.environ |= variables
        reader = Settings(home=first if given.store == "sqlite" else second)
        broken = poll(given, first, reader)
        if given.store == "redis":
            materialize(Settings(home=first), moments(reader)[0])
            predict_twice(second)
            host, _, port = os.environ["TIPOFF_REDIS_URL"].partition(":")
            with Redis(host, int(port)) as client:
                states = len(list(client.scan_iter("tipoff:state:*")))
                memory = client.info("memory")["used_memory"] / 1e6
                print(f"Redis: {client.dbsize():,} keys, {memory:.0f} MB")
                print(
                    f"{states} states, the one served and those killed within an hour"
                )
    sys.exit(1 if broken else 0)


@contextmanager
def store(given):
    """Start what the store needs, and yield the variables that lead there."""
    if given.store == "sqlite":
        yield {}
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(
        [*command, "--dir", str(given.work)], stdout=subprocess.DEVNULL
    )
    try:
        yield {
            "TIPOFF_ONLINE_STORE": "redis",
            "TIPOFF_REDIS_URL": f"127.0.0.1:{port}",
        }
    finally:
        server.terminate()
        server.wait()


def moments(settings):
    """Return two moments to fill by turns: the last forecast, two days before it."""
    last = find_slate(settings).known_until
    return last - timedelta(days=2), last


def fill(settings, first, times):
    """Fill the store a number of times, saying when each begins and ends."""
    both = moments(settings)
    for number in range(first, first + times):
        print("begins", flush=True)
        began = time.perf_counter()
        materialize(settings, both[number % 2])
        print("ended", time.perf_counter() - began, flush=True)


def poll(given, first, reader):
    """Read five times a second while the store is filled; return what was not whole."""
    both = moments(reader)
    later = both[1]
    questions = []
    for training_set in (TEAM_MATCHUP, PLAYER_GAME):
        service = read_catalog(reader).service(training_set.service)
        day = find_slate(reader).day
        rows = slate_spine(reader, day, training_set)
        questions.append((service, rows.slice(0, _MOST_ROWS)))

    turns = cycle(questions)

    def read():
        service, rows = next(turns)
        return service.name, online(reader, service.name, rows, later)

    whole = {}
    for moment in both:
        materialize(Settings(home=first), moment)
        for _ in questions:
            name, answer = read()
            whole[name, moment] = answer
            print(f"{moment:%Y-%m-%d %H:%M} {name}: {known(answer):,} known cells")
    for name in {name for name, _ in whole}:
        assert not whole[name, both[0]].equals(whole[name, both[1]])

    tally, broken, took = Counter(), [], []
    filler = Filler(given, first)
    began = time.perf_counter()
    while filler.goes_on():
        at = time.perf_counter()
        try:
            name, answer = read()
        except TipoffError as error:
            tally[f"{type(error).__name__}: {error}"] += 1
        except Exception as error:
            broken.append(repr(error))
        else:
            of = [m for m in both if answer.equals(whole[name, m])]
            if of:
                tally[f"the whole state of {of[0]:%Y-%m-%d %H:%M}"] += 1
            else:
                broken.append(differs(name, answer, whole, both))
        took.append(time.perf_counter() - at)
        time.sleep(max(0, 0.2 - took[-1]))
    seconds = time.perf_counter() - began
    print(
        f"{len(filler.took)} fillings, median {statistics.median(filler.took):.1f} s; "
        f"{filler.n_killed} more were killed"
    )
    print(
        f"{len(took):,} answers, {len(took) / seconds:.1f} a second; median "
        f"{1000 * statistics.median(took):.0f} ms, longest {max(took):.1f} s"
    )
    for what, number in tally.most_common():
        print(f"{number:7,}  {what}")
    print(f"{len(broken):7,}  neither whole nor an error of tipoff")
    for what in broken[:5]:
        print("        ", what)
    return broken


def differs(name, answer, whole, both):
    """Say how many known cells an answer has, against each state."""
    told = [
        f"{known(whole[name, moment]):,} as of {moment:%Y-%m-%d %H:%M}"
        for moment in both
    ]
    return f"{name}: {known(answer):,} known cells; {', '.join(told)}"


def known(table):
    return sum(len(column) - column.null_count for column in table.columns)


class Filler:
    """Runs of `fill`, one after the other, some of them killed."""

    def __init__(self, given, home):
        self.home, self.log = home, given.work / "fillings.log"
        self.left, self.kills = given.times, given.kills
        self.each = max(1, given.times // (given.kills + 1))
        self.random = random.Random(0)
        self.n_killed, self.took = 0, []
        self.begin()

    def begin(self):
        self.wanted = min(self.left, self.each) if self.kills else self.left
        # Two more than are wanted, to be killed in.
        times = self.wanted + (2 if self.kills else 0)
        command = [sys.executable, __file__, str(self.home), str(self.home.parent)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--fill", str(len(self.took)), str(times)], stdout=log
            )
        self.n_ended, self.dies_at = 0, None

    def goes_on(self):
        """Look at what the run says, kill it if it is time; False once all is done."""
        lines = self.log.read_text().splitlines()
        ended = [float(line.split()[1]) for line in lines if line.startswith("ended ")]
        self.took += ended[self.n_ended :]
        self.left -= len(ended) - self.n_ended
        self.n_ended = len(ended)
        now = time.monotonic()
        if self.kills and self.dies_at is None and self.n_ended >= self.wanted:
            longest = statistics.median(self.took)
            self.dies_at = now + self.random.uniform(0.1, 0.9) * longest
        if self.dies_at and now >= self.dies_at:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.n_killed += 1
            self.kills -= 1
            self.begin()
        elif (code := self.process.poll()) is not None:
            if code != 0:
                raise SystemExit(f"a filling ended with {code}")
            return False
        return True


def predict_twice(home):
    """Forecast an evening by the command line twice; the second time fills nothing."""
    for _ in range(2):
        done = subprocess.run(
            [*_TIPOFF, "predict", "--no-box-scores"],
            env=os.environ | {"TIPOFF_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        said = [x for x in (done.stdout + done.stderr).splitlines() if "online" in x]
        print(f"tipoff predict: exit {done.returncode}, {' '.join(said)}")


if __name__ == "__main__":
    main()
