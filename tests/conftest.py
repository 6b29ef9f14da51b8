import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Minutes each; two workers end together where they begin with these.
LONGEST = ("test_nightly.py", "test_proofs.py", "test_run.py")
HERE = ("127.0.0.1", "::1", "localhost")
REAL_LEAGUE = Path(__file__).resolve().parents[2] / "shared" / "nba" / "league.sqlite"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> None:
    """Let commands under test hear signals that whoever runs the tests ignores."""
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection of this process to another machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in HERE:
            raise OSError(f"tests reach no other machine: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(scope="session")
def real_league() -> Path:
    """The nine real seasons."""
    if not REAL_LEAGUE.exists():
        pytest.skip(f"the real seasons are not at {REAL_LEAGUE}")
    return REAL_LEAGUE


@pytest.fixture(scope="session")
def real_warehouse(real_league: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse into which the real seasons were ingested, and nothing else."""
    from ml.ingest.run import ingest
    from ml.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("real"))
    ingest(real_league, settings)
    return settings.warehouse
