import signal
from pathlib import Path

import pytest

# Minutes each; two workers end together where they begin with these.
LONGEST = ("test_nightly.py", "test_proofs.py", "test_run.py")
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


@pytest.fixture(scope="session")
def real_league() -> Path:
    """The nine real seasons."""
    if not REAL_LEAGUE.exists():
        pytest.skip(f"the real seasons are not at {REAL_LEAGUE}")
    return REAL_LEAGUE


@pytest.fixture(scope="session")
def real_warehouse(real_league: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse into which the real seasons were ingested, and nothing else."""
    from ml.ingest import ingest
    from ml.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("real"))
    ingest(real_league, settings)
    return settings.warehouse
