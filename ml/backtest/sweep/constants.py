"""Constants of the models, by name: found, checked, and replaced for a while."""

from __future__ import annotations

import ast
import difflib
import importlib
import math
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ml.errors import SettingsError

# What is learnt and drawn after the features are there.
PACKAGES = ("ml.models", "ml.boxscore", "ml.backtest.player")
_PLAIN = (bool, int, float, str, tuple, dict)


@dataclass(frozen=True)
class Constant:
    """Where a setting stands in the code.

    Attributes
    ----------
    module, name : str
        A module of `PACKAGES`, and its constant.
    path : tuple of str
        From the constant to the setting: keys and fields.
    """

    module: str
    name: str
    path: tuple[str, ...]

    @property
    def value(self) -> Any:
        """What stands there now."""
        value = getattr(importlib.import_module(self.module), self.name)
        for step in self.path:
            value = value[step] if isinstance(value, dict) else getattr(value, step)
        return value


def find_constant(name: str) -> Constant:
    """Find a constant by its dotted name.

    Parameters
    ----------
    name : str
        Module, constant and, within it, keys and fields, such as
        ``ml.models.team.model.MEANS.margin.trust``.

    Raises
    ------
    SettingsError
        If it is none, or not of what is learnt after the features are there.
    """
    if name.startswith("ml.ratings."):
        raise SettingsError(
            f"{name} is in the features: no model reads it",
            "change it in the code, build a home (--home) and sweep there",
        )
    parts = name.split(".")
    modules = _modules()
    lengths = [n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in modules]
    if not lengths:
        raise SettingsError(
            f"there is no module of models in the name {name}",
            f"name a setting, or module and constant of {', '.join(PACKAGES)}",
        )
    module = ".".join(parts[: lengths[0]])
    rest = parts[lengths[0] :]
    value: Any = modules[module]
    there = [each for each, one in vars(value).items() if _is_constant(each, one)]
    for step in rest:
        if step not in there:
            near = difflib.get_close_matches(step, there, n=3, cutoff=0.5) or there
            raise SettingsError(
                f"there is no {step or 'name'} in {name}",
                f"there are: {', '.join(near) or 'none'}",
            )
        value = value[step] if isinstance(value, dict) else getattr(value, step)
        there = _inside(value)
    if there or not rest:
        raise SettingsError(
            f"{name} is more than one number",
            f"name what is in it: {', '.join(there)}",
        )
    return Constant(module, rest[0], tuple(rest[1:]))


def checked(name: str, value: Any) -> Any:
    """Return a value in the type of the constant that it replaces.

    Raises
    ------
    SettingsError
        If it is of another kind.
    """
    return _like(find_constant(name).value, value, name)


@contextmanager
def replaced(values: Mapping[str, Any]) -> Iterator[None]:
    """Have constants hold other values while the block runs, in this whole process.

    Parameters
    ----------
    values : mapping of str to Any
        By name, as `find_constant` takes it. Modules that imported a constant hold the
        other value too.
    """
    modules = _modules()
    before: list[tuple[ModuleType, str, Any]] = []
    try:
        for name, value in values.items():
            found = find_constant(name)
            old = getattr(modules[found.module], found.name)
            new = _with(old, found.path, checked(name, value))
            places = [(found.module, found.name), *_importers(found.module, found.name)]
            for module, called in places:
                before.append((modules[module], called, old))
                setattr(modules[module], called, new)
        yield
    finally:
        for place, called, old in reversed(before):
            setattr(place, called, old)


@cache
def _modules() -> dict[str, ModuleType]:
    """Import all modules of `PACKAGES`: none may be imported while others differ."""
    found = {}
    for package in PACKAGES:
        root = importlib.import_module(package)
        for one in pkgutil.walk_packages(root.__path__, f"{package}."):
            found[one.name] = importlib.import_module(one.name)
    return found


@cache
def _imports() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return who imported what by name: module and name → modules and names."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for importer, module in _modules().items():
        for node in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for each in node.names:
                    places = found.setdefault((node.module, each.name), [])
                    places.append((importer, each.asname or each.name))
    return found


def _importers(module: str, name: str) -> list[tuple[str, str]]:
    found = list(_imports().get((module, name), []))
    for place in list(found):
        found += _importers(*place)
    return found


def _is_constant(name: str, value: Any) -> bool:
    is_named_so = name.lstrip("_").isupper()
    return is_named_so and (isinstance(value, _PLAIN) or bool(_inside(value)))


def _inside(value: Any) -> list[str]:
    """Name what is in a constant; nothing where it is one value."""
    if isinstance(value, dict):
        return [each for each in value if isinstance(each, str)]
    if is_dataclass(value) and not isinstance(value, type):
        return [each.name for each in fields(value)]
    return []


def _with(old: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(old, dict):
        return {**old, step: _with(old[step], tuple(rest), value)}
    return replace(old, **{step: _with(getattr(old, step), tuple(rest), value)})


def _like(old: Any, value: Any, name: str) -> Any:
    """Return a value as the type of an old one."""
    if isinstance(old, tuple) and isinstance(value, list | tuple) and value and old:
        return tuple(_like(old[0], each, name) for each in value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if type(old) is float and is_number and math.isfinite(value):
        return float(value)
    if type(old) in (bool, int, str) and type(value) is type(old):
        return value
    raise SettingsError(
        f"{name} cannot be {value!r}",
        f"give what is like the {old!r} that stands in the code",
    )
