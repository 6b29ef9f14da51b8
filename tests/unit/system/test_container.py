"""The Dockerfile, read line by line: what it copies is there, what it starts exists."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from typer.testing import CliRunner

from ml.cli import app
from ml.jobs.serve import PORT

PROJECT = Path(__file__).resolve().parents[3]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each with its argument."""
    text = (PROJECT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def of(name: str) -> list[str]:
    return [argument for each, argument in instructions() if each == name]


def test_it_starts_the_service_where_it_says() -> None:
    ((entry,),) = map(json.loads, of("ENTRYPOINT"))
    (command,) = map(json.loads, of("CMD"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert entry in project["scripts"]
    verb, *options = command
    told = CliRunner().invoke(app, [verb, "--help"]).output
    assert [each for each in options if each[0] == "-" and each not in told] == []
    assert of("EXPOSE") == [str(PORT)]
    (check,) = of("HEALTHCHECK")
    source = json.loads(check[check.index("[") :])[-1]
    compile(source, "HEALTHCHECK", "exec")
    assert f"127.0.0.1:{PORT}/health" in source
    # Whoever reaches it from elsewhere is asked for the token that it checks itself.
    assert "TIPOFF_SERVE_TOKEN" in source


def test_nobody_runs_as_root_and_one_python_builds_and_runs() -> None:
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert of("USER") == ["tipoff"]
    bases = {base.split(" ")[0] for base in of("FROM")}
    (version,) = [re.search(r"python:3\.(\d+)-slim", each) for each in bases]
    assert version is not None
    assert int(version[1]) in range(11, 14)


def test_what_the_wheel_is_made_of_reaches_the_builder() -> None:
    ignored = (PROJECT / ".dockerignore").read_text("utf-8").splitlines()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    build = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    wheel = build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], "pyproject.toml"}
    needed |= {build["project"]["readme"], *build["project"]["license-files"]}
    copied = {
        word for line in of("COPY") for word in re.findall(r"/source/(\S+)", line)
    }
    assert sent >= needed | copied
    assert all((PROJECT / each).exists() for each in sent)
