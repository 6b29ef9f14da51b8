"""Pages of the site that are made from the code: commands, data, settings, API.

A hook of MkDocs. Nothing here lists what the code holds: commands come from the
command line itself, features from dbt's manifest, tables of a source from the contract,
settings from their class, and modules from the package's folders.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import typer
from griffe import Docstring, DocstringSectionKind
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from ml.cli import Verb, app
from ml.features.build import run_dbt
from ml.features.catalog import Catalog, FeatureService, FeatureView
from ml.features.manifest import read_catalog
from ml.ingest.explain import explain
from ml.quality.limits import Limits
from ml.report.dictionary import FORECASTS, KEYS, PLAYER_FORECASTS
from ml.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ml"
# The first number of each subject.
_SUBJECTS = {
    1: "Values and sources",
    20: "Games, days and results",
    30: "Young and silent sources",
    40: "Home and machine",
    50: "What others write",
    60: "Forecasts that know less",
    70: "Totals and lines",
    80: "Live data",
    100: "Time and features",
    110: "Feature store",
    115: "Player impact",
    120: "Team model",
    130: "Players",
    140: "Gates and model files",
    150: "Speed of the build",
    160: "Nights, models, alarms",
    170: "How we measure and document",
    190: "Questions, service, installation",
}
_WIDE = ("---", "hide: [toc]", "---", "")
# What a browser would fetch from elsewhere to show a page.
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>"""
    r"""|<link\b(?![^>]*rel=["']?canonical)[^>]*\bhref=["']?(?:https?:)?//[^>]*>"""
    r"""|(?:@import|url\()\s*["']?(?:https?:)?//[^)\s]*""",
    re.IGNORECASE,
)
Page = tuple[str, str, str]
"""Path below docs, title in the navigation, and Markdown."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add what is made from the code, and every decision, to the navigation."""
    made: dict[str, list[Page]] = {
        "Commands and settings": [commands_page(), settings_page()],
        "Data dictionary": list(data_pages(_catalog())),
        "Python": list(python_pages()),
    }
    config.extra["made"] = [page for pages in made.values() for page in pages]
    sections = {
        title: pages for item in config.nav or () for title, pages in item.items()
    }
    sections["Reference"][:0] = [
        {section: [{title: path} for path, title, _ in pages]}
        for section, pages in made.items()
    ]
    decisions = list(decision_titles(Path(config.docs_dir)))
    index = ("decisions/index.md", "Decisions", _decisions_index(decisions))
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    changelog = ("changelog.md", "Changelog", changes)
    config.extra["made"] += [index, changelog]
    sections["Start"].append({changelog[1]: changelog[0]})
    sections["Decisions"].append(index[0])
    for subject, group in _by_subject(decisions):
        titles = [{f"{number} {title}": path} for number, title, path in group]
        sections["Decisions"].append({subject: titles})
    docs = Path(config.docs_dir)
    named = set(_paths(config.nav))
    # A page that nobody gave a place is in the site all the same.
    sections["Reference"] += sorted(
        path
        for path in (each.relative_to(docs).as_posix() for each in docs.rglob("*.md"))
        if path not in named
    )
    return config


def _paths(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from _paths(list(nav.values()))
    else:
        for item in nav or ():
            yield from _paths(item)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Hand the generated pages to MkDocs."""
    for path, _, text in config.extra.pop("made"):
        files.append(File.generated(config, path, content=text))
    return files


def on_post_build(config: MkDocsConfig) -> None:
    """Fail where a page would fetch something from elsewhere."""
    site = Path(config.site_dir)
    found = [
        f"{path.relative_to(site)}: {match[0][:120]}"
        for kind in ("*.html", "*.css")
        for path in sorted(site.rglob(kind))
        for match in _FETCHED.finditer(path.read_text("utf-8"))
    ]
    if found:
        raise PluginError("pages fetch from elsewhere:\n" + "\n".join(found[:20]))


def commands_page() -> Page:
    """Return every command with its options, as `--help` has them."""
    lines = [
        "# Commands",
        "Everything `tipoff` can do. Each command explains itself with `--help` too.",
        "",
    ]
    for name, command in _commands(typer.main.get_command(app), "tipoff"):
        words, *examples = re.split(r"\n*Example: ", command.help or "")
        lines += [f"## {name}", "", _plain(words), ""]
        if examples:
            lines += ["```sh", *map(str.strip, examples), "```", ""]
        lines += ["| option | meaning | default |", "|---|---|---|"]
        for option in command.params:
            default = option.default
            if default is True:  # of a switch, as it is typed
                default = option.opts[0]
            known = default is not None and default != "" and not callable(default)
            spelled = ", ".join(
                f"`{each}`" for each in (*option.opts, *option.secondary_opts)
            )
            if option.param_type_name == "argument":
                spelled = f"`{option.name.upper()}`"
            cells = (
                spelled,
                _plain(getattr(option, "help", "") or ""),
                f"`{default}`" if known and default is not False else "",
            )
            lines.append(_row(cells))
        lines.append("")
    return "reference/commands.md", "Commands", "\n".join(lines)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(command, Verb):
        command = command.load()
    if not hasattr(command, "commands"):
        yield name, command
        return
    for verb, each in command.commands.items():
        yield from _commands(each, f"{name} {verb}")


def settings_page() -> Page:
    """Return every setting with the variable that sets it."""
    described = {
        name: _plain(item.description)
        for section in Docstring(Settings.__doc__ or "").parse("numpy")
        if section.kind is DocstringSectionKind.attributes
        for item in section.value
        for name in item.name.split(", ")
    }
    lines = [
        "# Settings",
        "A setting is an environment variable. None has to be set. `--home`, "
        "`--mapping` and `--scheduler` of a command take the place of the variables of "
        "those names.",
        "",
        "| variable | meaning | default |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        if name == "project_dir":  # the checkout itself
            continue
        default = "of the machine" if field.default_factory else f"`{field.default}`"
        if field.default == "":
            default = ""
        lines.append(_row((f"`TIPOFF_{name.upper()}`", described[name], default)))
    return "reference/settings.md", "Settings", "\n".join(lines)


def data_pages(catalog: Catalog) -> Iterator[Page]:
    """Yield a page for each view, and one for services, the source and exports."""
    readers = {
        view.name: sorted(
            {service for feature in view.features for service in feature.services}
        )
        for view in catalog.views
    }
    lines = [
        "# Data dictionary",
        "Every feature, read from the description beside its SQL when this site was "
        "built. Units are in the description. *Can be* is what arithmetic allows: a "
        "value beyond it is a fault and stops the build. *Has been* is what earlier "
        "seasons have shown: a value beyond it is reported and passed on. Why there "
        "are two kinds of limits is "
        "[decision 001](../decisions/001-can-be-has-been.md).",
        "",
        "| feature view | features | one row per | usable for | read by |",
        "|---|---|---|---|---|",
    ]
    for view in catalog.views:
        cells = (
            f"[{view.name}](features/{view.name}.md)",
            str(len(view.features)),
            ", ".join(f"`{key}`" for key, _ in view.entities),
            f"{view.ttl.days} days" if view.ttl else "ever",
            ", ".join(f"[{name}](services.md#{name})" for name in readers[view.name])
            or "no model",
        )
        lines.append(_row(cells))
    yield "reference/data-dictionary.md", "Feature views", "\n".join(lines)
    for view in catalog.views:
        page = _view_page(view, readers[view.name])
        yield f"reference/features/{view.name}.md", view.name, page
    yield "reference/services.md", "Services", _services_page(catalog.services)
    yield "reference/source.md", "Tables of a source", explain()
    yield "reference/exports.md", "Columns of exports", _exports_page()


def _view_page(view: FeatureView, readers: list[str]) -> str:
    lines = [
        *_WIDE,
        f"# {view.name}",
        view.description,
        "",
        "| feature | type | meaning | can be | has been | nulls so far | read by |",
        "|---|---|---|---|---|---|---|",
    ]
    for feature in view.features:
        nulls = feature.has_been.null_share
        cells = (
            f"`{feature.name}`",
            feature.data_type,
            feature.description + (" (adds to points)" if feature.is_scoring else ""),
            _limits(feature.can_be),
            _limits(feature.has_been),
            "never" if feature.can_be.null_share == 0 else _share(nulls),
            ", ".join(f"`{name}`" for name in feature.services),
        )
        lines.append(_row(cells))
    read = (
        ", ".join(f"[{name}](../services.md#{name})" for name in readers) or "no model"
    )
    return "\n".join([*lines, "", f"Services that read it: {read}."])


def _services_page(services: tuple[FeatureService, ...]) -> str:
    lines = [
        "# Services",
        "A service is what one family of models asks the feature store for: it holds "
        "the features whose `meta.services` names it, and the model reads all of them. "
        "One called wide holds every feature, for people and for models of their own. "
        "Home, away and difference columns come from one view that is joined twice.",
    ]
    for service in services:
        lines += [
            "",
            f"## {service.name}",
            "",
            service.description,
            "",
            f"{len(service.feature_names)} columns, joined to the rows of "
            f"`{service.spine}` by {', '.join(f'`{key}`' for key in service.keys)}.",
            "",
            "| feature view | side | columns |",
            "|---|---|---|",
            *(
                _row(
                    (
                        f"[{join.view.name}](features/{join.view.name}.md)",
                        f"`{join.side}_`" if join.side else "",
                        str(len(join.features)),
                    )
                )
                for join in service.joins
            ),
            *(
                [f"| differences, home less away | `diff_` | {n_differences} |"]
                if (n_differences := len(service.differences))
                else []
            ),
        ]
    return "\n".join(lines)


def _exports_page() -> str:
    lines = [
        "# Columns of exports",
        "Columns of the files in the folder `exports` that are no features. A feature "
        "may have its side in front (`home_`, `away_`, `opponent_`, `diff_`). The file "
        "`columns.csv` beside the exports holds the same for every column.",
    ]
    for title, columns in (
        ("Keys", KEYS),
        ("Forecasts of a game", FORECASTS),
        ("Forecasts of a player", PLAYER_FORECASTS),
    ):
        lines += ["", f"## {title}", "", "| column | meaning |", "|---|---|"]
        lines += [_row((f"`{name}`", text)) for name, text in columns.items()]
    return "\n".join(lines)


def python_pages() -> Iterator[Page]:
    """Yield a page for each folder of the package, with its modules."""
    for folder in (PACKAGE, *sorted(PACKAGE.rglob("*/"))):
        modules = [
            ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for path in sorted(folder.glob("*.py"))
            if not path.stem.startswith("_")
        ]
        if not modules:
            continue
        name = ".".join(folder.relative_to(ROOT).parts)
        lines = [f"# {name}", *(f"\n::: {module}\n" for module in modules)]
        yield f"reference/python/{name}.md", name, "\n".join(lines)


def decision_titles(docs: Path) -> Iterator[tuple[str, str, str]]:
    """Yield number, title and path of every decision."""
    for path in sorted((docs / "decisions").glob("[0-9]*.md")):
        heading = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        title = re.sub(r"^\d+[:.]?\s+", "", heading)
        yield path.name[:3], title, f"decisions/{path.name}"


def _by_subject(
    decisions: list[tuple[str, str, str]],
) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    def subject(decision: tuple[str, str, str]) -> str:
        first = max(number for number in _SUBJECTS if number <= int(decision[0]))
        return _SUBJECTS[first]

    for name, group in groupby(decisions, subject):
        yield name, list(group)


def _decisions_index(decisions: list[tuple[str, str, str]]) -> str:
    lines = []
    for subject, group in _by_subject(decisions):
        lines += ["", f"## {subject}", "", "| number | decision |", "|---|---|"]
        lines += [f"| {n} | [{title}]({Path(path).name}) |" for n, title, path in group]
    return "\n".join(
        [
            "# Decisions",
            "One page for each decision of weight: what was the case, what was "
            "decided, and what follows. What was tried and measured on the way is in "
            "[experiments](../experiments.md). Numbers only name pages.",
            *lines,
        ]
    )


def _catalog() -> Catalog:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), project_dir=ROOT)
        settings.features_dir.mkdir()
        run_dbt(settings, "parse")
        return read_catalog(settings)


def _limits(limits: Limits) -> str:
    return str(limits).replace(" ", "\u00a0") if limits.has_range else ""


def _share(share: float | None) -> str:
    return "" if share is None else f"to\u00a0{100 * share:g}\u00a0%"


def _plain(text: str) -> str:
    """Join what was wrapped; code marks of reStructuredText become Markdown's."""
    return " ".join(text.replace("``", "`").split())


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
