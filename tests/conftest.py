from pathlib import Path

import pytest

REAL_LEAGUE = Path(__file__).resolve().parents[2] / "shared" / "nba" / "league.sqlite"


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
