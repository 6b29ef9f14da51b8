from pathlib import Path

import pytest

REAL_LEAGUE = Path(__file__).resolve().parents[2] / "shared" / "nba" / "league.sqlite"


@pytest.fixture(scope="session")
def real_league() -> Path:
    if not REAL_LEAGUE.exists():
        pytest.skip(f"the real seasons are not at {REAL_LEAGUE}")
    return REAL_LEAGUE
