"""The README leads to what is there and says what the documentation says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_the_project_lead_somewhere(page: str) -> None:
    # MkDocs checks those of the pages below docs.
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text("utf-8"))
    gone = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not gone


def test_figures_of_the_readme_are_those_of_the_accuracy_page() -> None:
    accuracy = (ROOT / "docs" / "accuracy.md").read_text("utf-8")
    section = README.partition("## How good it is")[2].partition("\n## ")[0]
    figures = re.findall(r"(?<![\d,])\d*\.\d{3,4}", section)
    assert len(figures) >= 12
    assert [figure for figure in figures if figure not in accuracy] == []


@pytest.mark.parametrize("source", ["", "league.sqlite"])
def test_make_run_is_the_command_that_the_readme_says(source: str) -> None:
    # `tipoff run` itself is run by tests/integration/test_run.py.
    asked = ["make", "--dry-run", "--assume-old=install", "run", f"SOURCE={source}"]
    # A make that runs the tests would hand its own options on.
    alone = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    told = subprocess.run(
        asked, cwd=ROOT, capture_output=True, text=True, check=True, env=alone
    )
    assert told.stdout.splitlines()[-1].split() == [
        ".venv/bin/tipoff",
        "run",
        *source.split(),
    ]


def test_the_tools_of_the_documentation_have_the_versions_of_the_project() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / name).read_text("utf-8")
        return {line for line in text.splitlines() if re.match(r"[a-z]", line)}

    def name(pin: str) -> str:
        return pin.partition("==")[0]

    main, docs = pins("requirements.lock"), pins("requirements-docs.lock")
    both = {name(pin) for pin in main} & {name(pin) for pin in docs}
    assert {pin for pin in docs if name(pin) in both} <= main
    assert {pin for pin in docs if pin.startswith("mkdocs")}


def test_every_decision_has_context_decision_and_consequences() -> None:
    bare = []
    for path in sorted((ROOT / "docs" / "decisions").glob("1*.md")):
        text = path.read_text("utf-8")
        parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
        if parts != ["Context", "Decision", "Consequences"]:
            bare.append(path.name)
        assert text.startswith(f"# {path.name[:3]}: "), path.name
    assert not bare


def test_every_path_of_the_code_that_a_page_names_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.name, path)
        for page in pages
        if page.name != "CHANGELOG.md"
        for path in re.findall(
            r"`((?:ml|models|macros|tests|benchmarks|feature_repo|docs)/[\w./-]+)`",
            page.read_text("utf-8"),
        )
    }
    assert len(named) > 100
    assert sorted(each for each in named if not (ROOT / each[1]).exists()) == []
    modules = {
        (page.name, name)
        for page in pages
        for name in re.findall(r"(?<!/)\bml(?:\.[a-z_]+)+\b", page.read_text("utf-8"))
    }
    assert sorted(each for each in modules if not is_module(each[1])) == []


def is_module(name: str) -> bool:
    # What is not a module may be a function of one.
    path = ROOT / name.replace(".", "/")
    above = path.parent.with_suffix(".py")
    return path.is_dir() or path.with_suffix(".py").exists() or above.exists()
