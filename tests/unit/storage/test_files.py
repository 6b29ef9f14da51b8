"""Lists of the project's paths name what is there, or say so."""

from pathlib import Path

import pytest

from ml.errors import MissingError
from ml.features import fingerprints, incremental
from ml.settings import PROJECT_DIR
from ml.storage.files import files_under


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "b.sql").touch()
    (tmp_path / "models" / "a.sql").touch()
    (tmp_path / "models" / "c.csv").touch()
    found = files_under(tmp_path, ("models",), (".sql",))
    assert [path.name for path in found] == ["a.sql", "b.sql"]
    with pytest.raises(MissingError, match="no moved in"):
        files_under(tmp_path, ("models", "moved"), (".sql",))


@pytest.mark.parametrize("names", [incremental._PROJECT, fingerprints._CODE])
def test_digests_of_the_project_name_paths_that_exist(names: tuple[str, ...]) -> None:
    assert files_under(PROJECT_DIR, names, (".py", ".sql", ".yml"))
