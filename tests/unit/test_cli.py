"""README, documentation, `--help` and code say the same of every command."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ml.cli import app

ROOT = Path(__file__).resolve().parents[2]
LISTED = typer.main.get_command(app).commands
VERBS = {name: verb.load() for name, verb in LISTED.items()}
# What takes a second to import, what some tenths, and what takes one.
SLOWEST = {
    *("dbt", "feast", "great_expectations", "lightgbm", "matplotlib"),
    *("pandas", "scipy", "sklearn"),
}
SLOW = {*SLOWEST, "duckdb", "numpy", "pyarrow"}
NEITHER = {*SLOW, "jinja2", "pydantic", "requests"}


def shell_lines(path: Path) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
        whole = re.sub(r"\\\n\s*", "", block)
        yield from (line.split("  #")[0].strip() for line in whole.splitlines())


def commands() -> list[str]:
    """Every `tipoff …` that a user is told to type."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    told = [line for page in pages for line in shell_lines(page)]
    told += [
        match
        for verb in VERBS.values()
        for match in re.findall(r"Example: (.*)", verb.help or "")
    ]
    return sorted({line for line in told if line.startswith("tipoff ")})


def test_every_verb_explains_itself() -> None:
    for name, verb in VERBS.items():
        assert re.search(rf"Example: tipoff {name}\b", verb.help or ""), name
        for option in verb.params:
            assert getattr(option, "help", None), f"{name} {option.name}"


@pytest.mark.parametrize("line", commands())
def test_what_the_pages_tell_to_type_can_be_typed(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    # Parses names, types and ranges of every option; runs nothing.
    VERBS[name].make_context(name, arguments)


def test_a_verb_is_listed_by_what_its_job_says() -> None:
    for name, verb in LISTED.items():
        assert (VERBS[name].help or "").startswith(verb.help), name


@pytest.mark.parametrize(
    ("asked", "not_needed"),
    [
        (["--help"], NEITHER),
        (["no-such-verb"], SLOW),
        *(([verb, "--help"], SLOW) for verb in ("price", "what-if", "backtest", "run")),
        *(([verb, "--help"], SLOWEST) for verb in ("nightly", "models", "predict")),
    ],
)
def test_help_imports_nothing_that_computes(
    asked: list[str], not_needed: set[str]
) -> None:
    code = "import ml.cli, sys\ntry: ml.cli.app()\nfinally: print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code, *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Usage: " in ran.stdout + ran.stderr
    assert not_needed & set(ran.stdout.splitlines()[-1].split()) == set()


def test_a_default_that_a_help_names_is_shown() -> None:
    told = CliRunner().invoke(app, ["fetch", "day", "--help"]).stdout
    assert "[default: the day before]" in " ".join(re.findall(r"[^\s│]+", told))


def test_a_shell_completes_verbs_and_options() -> None:
    def completed(words: str) -> list[str]:
        asked = {"_TIPOFF_COMPLETE": "complete_bash", "COMP_WORDS": f"tipoff {words}"}
        environment = {**asked, "COMP_CWORD": str(len(words.split()))}
        told = CliRunner().invoke(app, prog_name="tipoff", env=environment)
        return told.stdout.split()

    assert completed("pr") == ["predict", "price"]
    assert completed("price --g") == ["--game"]
    assert completed("models pro") == ["promote"]


def test_the_version_is_that_of_the_project() -> None:
    told = CliRunner().invoke(app, ["--version"]).stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told == f"tipoff {project['version']}\n"
