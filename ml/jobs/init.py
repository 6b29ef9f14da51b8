"""Lay the project out for whoever wants to change its SQL or its features."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ml.console import console, run_job
from ml.errors import SettingsError
from ml.settings import PROJECT_DIR, Settings

# What dbt and Feast need; the package itself stays where it was installed.
PARTS = (
    *("dbt_project.yml", "profiles.yml", "models", "macros", "seeds"),
    *("tests/dbt", "feature_repo"),
)
_NOT = shutil.ignore_patterns("__pycache__", "*.pyc", "__init__.py")
_MAKEFILE = """\
# League, features, training, tonight's forecasts: make run SOURCE=league.sqlite
run:
\ttipoff run $(SOURCE)

# Every test of the SQL, on the features that the last run built.
test:
\tdbt test --profiles-dir .

.PHONY: run test
"""


def init(
    settings: Settings,
    *,
    folder: Annotated[Path, typer.Argument(help="A folder that is new or empty.")],
) -> None:
    """Lay out the dbt project and the feature repository in a folder, to change them.

    Commands that are started in it use what it holds; dbt and feast work there too.

    Example: tipoff init my-league
    """
    del settings
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            f"{folder} is not empty", "give a folder that is new or empty"
        )
    for part in PARTS:
        source, target = PROJECT_DIR / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_NOT)
        else:
            shutil.copyfile(source, target)
    (folder / "Makefile").write_text(_MAKEFILE, "utf-8")
    (folder / ".gitignore").write_text("data/\nlogs/\ntarget/\n", "utf-8")
    console.print(f"{folder} is laid out; go on with: cd {folder} && tipoff run")


if __name__ == "__main__":
    run_job(init)
