"""README, documentation, `--help` and code say the same of every command."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from ml.cli import app

ROOT = Path(__file__).resolve().parents[2]
VERBS = typer.main.get_command(app).commands


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
