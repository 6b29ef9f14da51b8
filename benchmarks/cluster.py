"""A backtest by one dask worker, by two, and by two of which one is killed.

    .venv/bin/python benchmarks/cluster.py HOME league.sqlite --seasons 2022-23,2023-24

Starts a scheduler and workers of this machine, runs `tipoff backtest --scheduler` of a
home that was built from the league, and compares every file with those of a run without
a cluster (`--local FOLDER` takes one that was made before). Where a worker is killed, a
new one comes. Prints wall seconds from the command's start to its end, and the workers'
CPU seconds and peak memory.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--seasons", required=True)
    parser.add_argument("--players", action="store_true", help="players too")
    parser.add_argument("--workers", default="1,2,2k", help="k: kill one")
    parser.add_argument(
        "--kill-after", type=float, help="seconds [half the time before]"
    )
    parser.add_argument("--local", type=Path, help="results of a run without a cluster")
    asked = parser.parse_args()
    command = ["--home", asked.home, "--source", asked.source]
    command += ["--seasons", asked.seasons]
    command += ["--players" if asked.players else "--no-players"]
    with tempfile.TemporaryDirectory() as folder:
        local = asked.local or Path(folder) / "local"
        if asked.local is None:
            began = time.monotonic()
            backtest(*command, "--out", local).wait()
            print(f"no cluster: {time.monotonic() - began:.0f} s")
        expected, seconds = files(local), 0.0
        for how in asked.workers.split(","):
            out = Path(folder) / how
            kill_after = asked.kill_after or seconds / 2 if how.endswith("k") else None
            n_workers = int(how.rstrip("k"))
            seconds, told = on_cluster(command, out, n_workers, kill_after)
            same = "files equal" if files(out) == expected else "FILES DIFFER"
            print(f"{how}: {seconds:.0f} s, {told}, {same}", flush=True)


def on_cluster(command, out, n_workers, kill_after):
    with tempfile.TemporaryDirectory() as folder:
        host = ["--host", "127.0.0.1", "--no-dashboard"]
        processes = [start(folder, "scheduler", *host, "--port", "0")]
        try:
            address = address_of(processes[0])
            alone = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
            for _ in range(n_workers):
                processes.append(start(folder, "worker", address, *alone))
                address_of(processes[-1])
            began = time.monotonic()
            running = backtest(*command, "--out", out, "--scheduler", address)
            if kill_after is not None:
                time.sleep(kill_after)
                assert running.poll() is None, "it ended before a worker was killed"
                processes[-1].kill()
                processes.append(start(folder, "worker", address, *alone))
            peaks, used = watch(running, processes[1:])
            seconds = time.monotonic() - began
            told = f"CPU s a worker {used}, peak MB a worker {peaks}"
            return seconds, told
        finally:
            for process in processes:
                process.kill()
                process.wait()


def watch(running, workers):
    """Return the workers' peak memory (MB) and CPU seconds, by worker."""
    peaks, used = {}, {}
    tick = os.sysconf("SC_CLK_TCK")
    while running.poll() is None:
        for worker in workers:
            try:
                status = Path(f"/proc/{worker.pid}/status").read_text("utf-8")
                fields = Path(f"/proc/{worker.pid}/stat").read_text("utf-8").split()
            except OSError:
                continue
            if found := re.search(r"VmHWM:\s+(\d+)", status):
                peaks[worker.pid] = round(int(found.group(1)) / 1024)
                used[worker.pid] = round((int(fields[13]) + int(fields[14])) / tick)
        time.sleep(0.5)
    assert running.returncode == 0, running.returncode
    return list(peaks.values()), list(used.values())


def start(folder, name, *options):
    program = [sys.executable, "-m", f"distributed.cli.dask_{name}", *options]
    root = str(Path(__file__).resolve().parents[1])
    return subprocess.Popen(
        program,
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def address_of(process):
    for line in process.stderr:
        if found := re.search(r" at: +(tcp://\S+)", line):
            return found.group(1)
    raise AssertionError("it did not start")


def backtest(*options):
    program = [sys.executable, "-m", "ml.jobs.backtest", *map(str, options)]
    return subprocess.Popen(program, stderr=subprocess.DEVNULL)


def files(folder):
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }
    assert found, f"{folder} is empty"
    return found


if __name__ == "__main__":
    main()
