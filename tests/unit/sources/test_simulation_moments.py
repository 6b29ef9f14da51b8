from pathlib import Path

import pytest

from ml.errors import MissingError
from ml.sources.synthetic import compare_moments, simulate_league


@pytest.mark.real
def test_moments_are_within_a_tenth_of_the_real_league(real_league, tmp_path):
    out = tmp_path / "league.sqlite"
    simulate_league(out, n_seasons=3, random_state=0)
    moments = compare_moments(out, real_league)
    assert len(moments) >= 50
    off = moments[~moments["within_10pct"]]
    assert off.empty, off.to_string()


def test_a_league_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(MissingError, match="no league at"):
        compare_moments(tmp_path / "none", tmp_path / "neither")
