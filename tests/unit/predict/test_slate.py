"""Which games of a day are forecast, and when."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from ml.errors import SettingsError
from ml.predict.slate import find_slate
from ml.settings import Settings

DAY = date(2024, 1, 13)
MATINEE = datetime(2024, 1, 13, 18, tzinfo=UTC)
EVENING = datetime(2024, 1, 14, 0, 30, tzinfo=UTC)
GAMES = pd.DataFrame(
    {
        "game_id": ["matinee", "first", "second"],
        "tipoff_at": [MATINEE, EVENING, EVENING],
        "forecast_at": [
            each - timedelta(hours=1) for each in (MATINEE, EVENING, EVENING)
        ],
    }
)


@pytest.fixture(autouse=True)
def _games(monkeypatch: pytest.MonkeyPatch) -> None:
    spine = pa.Table.from_pandas(GAMES, preserve_index=False)
    monkeypatch.setattr("ml.predict.slate.slate_spine", lambda settings, day: spine)
    monkeypatch.setattr("ml.predict.slate.newest_known", lambda settings: None)


def test_without_a_moment_each_game_has_its_own() -> None:
    slate = find_slate(Settings(), DAY)
    assert (slate.n_games, slate.begun) == (3, ())
    assert slate.moment == MATINEE - timedelta(hours=1)
    assert slate.known_until == EVENING - timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "to_come"),
    [
        (MATINEE - timedelta(seconds=1), ["matinee", "first", "second"]),
        (MATINEE, ["first", "second"]),
        (EVENING - timedelta(seconds=1), ["first", "second"]),
    ],
)
def test_a_game_that_has_begun_is_not_forecast(
    moment: datetime, to_come: list[str]
) -> None:
    slate = find_slate(Settings(), DAY, moment)
    assert list(slate.to_come(GAMES)["game_id"]) == to_come
    assert slate.n_games == len(to_come)
    assert sorted([*to_come, *slate.begun]) == sorted(GAMES["game_id"])
    assert slate.moment == moment


def test_after_the_last_tipoff_nothing_is_forecast() -> None:
    with pytest.raises(SettingsError, match="after the last tip-off"):
        find_slate(Settings(), DAY, EVENING)
