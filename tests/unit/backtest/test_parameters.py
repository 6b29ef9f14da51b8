"""The sixth proof: no fitted number in the code depends on a season that is scored.

What a rating or a model learns is dated and proven by truncation and scrambling
(`tests/integration/test_proofs.py`). What stands in the code is compared here with
``docs/parameters.md``, which says of every number from which seasons it is.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ml.backtest.tuned_seasons import CHOSEN_UNTIL, FIRST_SCORED, seen_before
from ml.models.team.model import TeamModel
from tests.matchup_frames import known_frame

PROJECT = Path(__file__).resolve().parents[3]
PACKAGES = ("models", "boxscore", "ratings", "metrics", "ingest/playbyplay")
KINDS = ("measured", "chosen", "defined")
SEASON = re.compile(r"\b20\d\d-\d\d\b(?!-)")
DECIMAL = re.compile(r"(?<![\w.])\d*\.\d+")


@dataclass(frozen=True)
class Declared:
    """A row of the table: numbers of a file, and from which seasons they are."""

    file: str
    names: frozenset[str]
    kind: str
    seasons: tuple[str, ...]

    def covers(self, name: str) -> bool:
        return name in self.names or "all" in self.names


def declared() -> list[Declared]:
    rows = []
    for line in (PROJECT / "docs/parameters.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| `") or len(cells) != 4:
            continue
        names = frozenset(name.strip(" `") for name in cells[1].split(","))
        seasons = tuple(SEASON.findall(cells[3]))
        rows += [
            Declared(file.strip(" `"), names, cells[2], seasons)
            for file in cells[0].split(",")
        ]
    return rows


def numbers_of(file: str, text: str) -> Iterator[str]:
    """Name what looks fitted in a file: decimals in SQL, constants in Python."""
    if file.endswith(".sql"):
        bare = re.sub(r"--.*", "", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))
        yield from DECIMAL.findall(bare)
        return
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and has_decimals(node.value):
            for target in node.targets:
                names = [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]
                yield from names
        elif isinstance(node, ast.AnnAssign) and has_decimals(node.value):
            yield ast.unparse(node.target)
        elif isinstance(node, ast.ClassDef):
            yield from (
                f"{node.name}.{ast.unparse(field.target)}"
                for field in node.body
                if isinstance(field, ast.AnnAssign) and has_decimals(field.value)
            )


def has_decimals(value: ast.expr | None) -> bool:
    return value is not None and any(
        isinstance(node, ast.Constant) and isinstance(node.value, float)
        for node in ast.walk(value)
    )


def complaints(file: str, text: str, rows: list[Declared]) -> list[str]:
    """Say which numbers of a file are not declared, or are from a scored season."""
    own = [row for row in rows if row.file == file]
    found = [
        f"{file}: {number} is not in docs/parameters.md"
        for number in dict.fromkeys(numbers_of(file, text))
        if not any(row.covers(number) for row in own)
    ]
    newest = max((max(row.seasons) for row in own if row.seasons), default="")
    return found + [
        f"{file}: says {season}, of which docs/parameters.md knows nothing"
        for season in sorted(set(SEASON.findall(text)))
        if season > newest
    ]


def sources() -> dict[str, str]:
    paths = [
        *(path for name in PACKAGES for path in (PROJECT / "ml" / name).rglob("*.py")),
        *(PROJECT / "models").rglob("*.sql"),
        *(PROJECT / "macros").glob("*.sql"),
    ]
    # The market is a forecaster that only the scorer reads.
    return {
        str(path.relative_to(PROJECT)): path.read_text("utf-8")
        for path in sorted(paths)
        if path.name != "market.py"
    }


def test_every_number_says_from_which_seasons_it_is() -> None:
    rows = declared()
    assert len(rows) > 30
    found = [
        complaint
        for file, text in sources().items()
        for complaint in complaints(file, text, rows)
    ]
    assert found == []


def test_every_row_is_of_a_number_that_is_there() -> None:
    texts = sources()
    gone = [
        f"{row.file}: {name}"
        for row in declared()
        for name in row.names - {"all"}
        if name not in set(numbers_of(row.file, texts.get(row.file, "")))
    ]
    assert gone == []
    assert {row.file for row in declared()} <= texts.keys()


def test_what_was_measured_is_from_seasons_that_nobody_scores() -> None:
    rows = declared()
    assert {row.kind for row in rows} <= set(KINDS)
    late = [
        row
        for row in rows
        if (row.kind == "measured" and not max(row.seasons, default="") < FIRST_SCORED)
        or (row.kind == "measured" and not row.seasons)
        or (row.kind == "chosen" and max(row.seasons, default="~") > CHOSEN_UNTIL)
        or (row.kind == "defined" and row.seasons)
    ]
    assert late == []


# How the chances of a roster once stood in the code.
CONSTANTS_OF_SCORED_SEASONS = """
-- The chances are logistic in what is known of him: coefficients fitted on 2016-17 to
-- 2019-20 (history) and 2022-23 (reports).
select
    -0.4
    - 0.25 * ln(1 + games_missed)
    + 0.95 * played_share as log_odds,
    case when status = 'Out' then -5.3 when status = 'Probable' then 1.8 end as told
from known
"""


def test_constants_fitted_on_scored_seasons_are_caught() -> None:
    file = "models/intermediate/impact/int_roster_outlook.sql"
    found = complaints(file, CONSTANTS_OF_SCORED_SEASONS, declared())
    for number in ("0.4", "0.25", "0.95", "5.3", "1.8"):
        assert f"{file}: {number} is not in docs/parameters.md" in found
    row = Declared(file, frozenset(["all"]), "measured", ("2016-17", "2022-23"))
    assert not complaints(file, CONSTANTS_OF_SCORED_SEASONS, [row])
    assert not max(row.seasons) < FIRST_SCORED


def test_a_season_that_nobody_declared_is_caught() -> None:
    file = "macros/prior_minutes.sql"
    text = sources()[file].replace("2018-19", "2023-24")
    assert complaints(file, text, declared()) == [
        f"{file}: says 2023-24, of which docs/parameters.md knows nothing"
    ]


def test_a_model_knows_nothing_of_games_after_the_last_that_it_names(
    tmp_path: Path,
) -> None:
    frame = known_frame(n_seasons=1, n_games=120)
    dates = sorted(frame["game_date"].astype(str).unique())
    past = frame[frame["game_date"].astype(str) <= dates[len(dates) // 2]]
    TeamModel.fit(past).save(tmp_path / "one")
    model = json.loads((tmp_path / "one" / "model.json").read_text("utf-8"))
    model = model["model"]
    assert model["card"]["last_date"] == past["game_date"].astype(str).max()
    other = frame.copy()
    later = ~other.index.isin(past.index)
    rng = np.random.default_rng(0)
    for label in ("home_margin", "total_points"):
        other.loc[later, label] = rng.permutation(other.loc[later, label].to_numpy())
    known = other[other["game_date"].astype(str) <= model["card"]["last_date"]]
    TeamModel.fit(known).save(tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("seasons", "said"),
    [
        (["2023-24"], ""),
        (["2022-23", "2023-24"], "settings were chosen on seasons to 2022-23"),
        (["2017-18"], "numbers in the code were measured on seasons to 2018-19"),
    ],
)
def test_a_backtest_says_which_seasons_had_a_say(seasons: list[str], said: str) -> None:
    assert said in seen_before(seasons)
    assert bool(seen_before(seasons)) == bool(said)
