"""Work that is independent is done by whoever there is, to the same result."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ml.errors import ClusterError, MemoryLimitError, MissingError, SettingsError
from ml.options import scheduler_of
from ml.settings import Settings, load_settings
from ml.system import executor as module
from ml.system.executor import Cluster, executor_of, in_order, shared

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
ROOT = Path(__file__).parents[3]


def power(exponent: int, base: int) -> int:
    return int(base**exponent)


def total(numbers: list[int], part: int) -> int:
    return sum(numbers) + part


def refuse(part: int) -> int:
    raise MissingError(f"there is no part {part}", "bring it")


def wait_once(folder: str, part: int) -> tuple[int, int]:
    """Say who did a part; the first one to be asked for part 0 never ends."""
    (Path(folder) / f"{part}_{os.getpid()}").touch()
    if part == 0 and len(list(Path(folder).glob("0_*"))) == 1:
        time.sleep(600)
    return part, os.getpid()


def end(part: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Dask:
    """A scheduler and workers of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, {}
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)]),
        }
        here = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0"]
        # Nothing stays where the tests themselves are killed.
        self.address = self.start("scheduler", *here, "--idle-timeout", "300 s")

    def start(self, name: str, *options: str) -> str:
        """Start a process; return the first address that it prints."""
        kind = name.partition("-")[0]
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + kind, *options],
                cwd=self.folder,
                stderr=log,
                stdout=log,
                env=self.environment,
            )
        self.processes[name] = process
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            text = (self.folder / f"{name}.log").read_text("utf-8")
            if found := re.search(r"at: +(tcp://\S+)", text):
                return found.group(1)
            time.sleep(0.05)
        self.end()
        raise AssertionError(f"{name} did not start")

    def work(self, *names: str) -> None:
        alone = ["--nthreads", "1", "--no-dashboard", "--no-nanny"]
        for name in names:
            self.start(name, self.address, *alone)

    def end(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    cluster = Dask(tmp_path_factory.mktemp("dask"))
    try:
        cluster.work("worker-1", "worker-2")
        yield cluster
    finally:
        cluster.end()


def test_who_does_it_changes_nothing(dask: Dask) -> None:
    bases = list(range(40))
    expected = [base**3 for base in bases]
    assert list(in_order(None, power, bases, 3)) == expected
    with ThreadPoolExecutor(3) as pool:
        assert list(in_order(pool, power, iter(bases), 3)) == expected
    with executor_of(2, dask.address) as cluster:
        assert list(in_order(cluster, power, iter(bases), 3)) == expected
        assert list(cluster.map(power, [3] * 40, bases)) == expected
        numbers = list(range(1000))
        sent = shared(cluster, numbers)
        assert sent is not numbers
        assert list(in_order(cluster, total, [1, 2], sent)) == [499_501, 499_502]
    assert shared(None, numbers) is numbers


def test_parts_are_not_all_under_way_at_once() -> None:
    asked: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        found = in_order(pool, power, (asked.append(n) or n for n in range(99)), 2)
        assert next(found) == 0
        assert len(asked) < 10
        assert sum(found) == sum(n**2 for n in range(99))


def test_a_killed_process_of_this_machine_is_told() -> None:
    with (
        pytest.raises(MemoryLimitError, match="ended from outside"),
        executor_of(1) as pool,
    ):
        list(in_order(pool, end, [1]))


def test_errors_come_back_as_they_were_raised(dask: Dask) -> None:
    with (
        pytest.raises(MissingError, match="there is no part 1") as raised,
        executor_of(2, dask.address) as cluster,
    ):
        list(in_order(cluster, refuse, [1, 2]))
    assert raised.value.remedy == "bring it"


def test_a_killed_worker_changes_nothing(dask: Dask, tmp_path: Path) -> None:
    with executor_of(2, dask.address) as cluster:
        found = in_order(cluster, wait_once, range(6), str(tmp_path))
        asked = list(tmp_path.glob("0_*"))
        # A generator begins with the first question; this one never ends by itself.
        with ThreadPoolExecutor(1) as aside:
            first = aside.submit(next, found)
            while not asked:
                asked = list(tmp_path.glob("0_*"))
                time.sleep(0.05)
            killed = int(asked[0].name.partition("_")[2])
            os.kill(killed, signal.SIGKILL)
            part, worker = first.result(timeout=60)
        assert part == 0
        assert worker != killed
        assert [part for part, _ in found] == [1, 2, 3, 4, 5]
    dask.work("worker-3")


def test_a_package_that_the_cluster_lacks_is_named(
    dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def one(part): return part", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    one = importlib.import_module("only_here").one
    with (
        pytest.raises(ClusterError, match="lacks the package only_here"),
        executor_of(2, dask.address) as cluster,
    ):
        list(in_order(cluster, one, [1]))


def test_a_worker_with_other_code_is_refused(
    dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "fingerprint", lambda: "another")
    with (
        pytest.raises(ClusterError, match="other code") as raised,
        executor_of(2, dask.address) as cluster,
    ):
        list(in_order(cluster, power, [1], 1))
    assert raised.value.exit_code == 44


def test_a_cluster_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("CONNECT", 1.0), ("LOOK", 0.2), ("PATIENCE", 0.5)):
        monkeypatch.setattr(module, name, seconds)
    with (
        pytest.raises(ClusterError, match=r"answers at tcp://127.0.0.1:9"),
        executor_of(2, "tcp://127.0.0.1:9"),
    ):
        pass
    cluster = Dask(tmp_path)
    try:
        with (
            pytest.raises(ClusterError, match="has no worker"),
            executor_of(2, cluster.address),
        ):
            pass
        cluster.work("worker-1")
        with executor_of(1, cluster.address) as workers:
            assert isinstance(workers, Cluster)
            cluster.processes["worker-1"].kill()
            with pytest.raises(ClusterError, match="no worker for"):
                list(in_order(workers, power, [1, 2], 2))
            cluster.processes["scheduler"].kill()
            with pytest.raises(ClusterError, match="was lost"):
                list(in_order(workers, power, [1, 2], 2))
    finally:
        cluster.end()


@pytest.mark.parametrize(
    "address",
    [
        "tcp://",
        "tcp://host",
        "http://host:8786",
        "host:8786",
        "tcp://a b:1",
        "tcp://h:0",
        "tcp://h:65536",
    ],
)
def test_an_address_is_checked_before_any_work(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(SettingsError, match=r"scheduler .* cannot be used: it is no"):
        scheduler_of(Settings(), address)
    monkeypatch.setenv("TIPOFF_SCHEDULER", address)
    with pytest.raises(SettingsError, match=r"TIPOFF_SCHEDULER=.*used: it is no"):
        load_settings()


def test_an_address_is_taken_from_the_option_or_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIPOFF_SCHEDULER", "tcp://10.0.0.1:8786")
    settings = load_settings()
    assert scheduler_of(settings, None) == "tcp://10.0.0.1:8786"
    assert scheduler_of(settings, "tcp://[::1]:1") == "tcp://[::1]:1"
    assert scheduler_of(settings, "") == ""


def test_nothing_imports_dask_unless_asked() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, ml.jobs.backtest, ml.system.executor\n"
            "print({'distributed', 'tornado'} & set(sys.modules) or 'none')",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.stdout == "none\n"


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(SettingsError, match="distributed") as raised,
        executor_of(2, "tcp://127.0.0.1:9"),
    ):
        pass
    assert "tipoff[cluster]" in raised.value.remedy


def test_another_dbt_project_has_another_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = module.fingerprint.__wrapped__()
    text = (ROOT / "dbt_project.yml").read_text("utf-8")
    (tmp_path / "dbt_project.yml").write_text(text, "utf-8")
    monkeypatch.setenv("TIPOFF_PROJECT_DIR", str(tmp_path))
    assert module.fingerprint.__wrapped__() == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "dbt_project.yml").write_text(text.replace("pts: 50", "pts: 51"), "utf-8")
    monkeypatch.setenv("TIPOFF_PROJECT_DIR", str(other))
    assert module.fingerprint.__wrapped__() != before
