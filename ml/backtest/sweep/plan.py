"""What a sweep tries: a YAML file, read and checked before any work."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.backtest.sweep.constants import checked, find_constant
from ml.errors import SettingsError
from ml.ingest.bounded_yaml import UnreadableError, read_yaml
from ml.settings import Settings

# Settings of a run that a fit reads.
OF_A_RUN = ("training_seasons", "random_state")
COMBINE = ("grid", "alone")
MOST = 1000
_KEYS = ("seasons", "settings", "combine")
_EXAMPLE = "seasons: [2021-22], settings: {training_seasons: [4, 6, 8]}"


@dataclass(frozen=True)
class Variant:
    """Settings that are tried together.

    Attributes
    ----------
    values : tuple of (str, Any)
        What differs from the code and the settings of the run: name and value, in
        order of names. Empty: nothing does.
    """

    values: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        """Name it for people: last parts of names, and values."""
        told = [f"{short(name)} {_plain(value)}" for name, value in self.values]
        return ", ".join(told) or "as it is"


@dataclass(frozen=True)
class Plan:
    """A sweep.

    Attributes
    ----------
    seasons : tuple of str
        Seasons to forecast, each by every variant.
    variants : tuple of Variant
        What is tried; the first differs in nothing.
    """

    seasons: tuple[str, ...]
    variants: tuple[Variant, ...]


def read_plan(path: Path, settings: Settings) -> Plan:
    """Read a plan.

    Parameters
    ----------
    path : Path
        YAML: ``seasons``, a list; ``settings``, values to try by name; ``combine``:
        ``grid`` (every combination, where absent) or ``alone`` (one setting at a time).
    settings : Settings
        Of the run; say what `OF_A_RUN` are where a variant does not.

    Raises
    ------
    SettingsError
        If it is no such file, or a name or a value in it is none that can be tried.
    """
    try:
        body = read_yaml(path)
    except UnreadableError as error:
        raise SettingsError(f"{path} {error}", f"write {_EXAMPLE}") from error
    if not isinstance(body, dict) or not {"seasons", "settings"} <= set(body):
        raise SettingsError(f"{path} lacks seasons or settings", f"write {_EXAMPLE}")
    if strangers := [str(key) for key in body if key not in _KEYS]:
        raise SettingsError(
            f"{path} has {', '.join(strangers)}", f"its keys are: {', '.join(_KEYS)}"
        )
    seasons, tried = body["seasons"], body["settings"]
    if not _is_list(seasons) or not all(isinstance(each, str) for each in seasons):
        raise SettingsError(
            f"seasons of {path} are no list of seasons", f"write {_EXAMPLE}"
        )
    if not isinstance(tried, dict) or not all(
        _is_list(each) for each in tried.values()
    ):
        raise SettingsError(
            f"settings of {path} are no lists of values by name", f"write {_EXAMPLE}"
        )
    if (combine := body.get("combine", COMBINE[0])) not in COMBINE:
        raise SettingsError(
            f"combine of {path} is {combine!r}", f"write {' or '.join(COMBINE)}"
        )
    now = {str(name): _now(str(name), settings) for name in tried}
    values = {
        str(name): [_checked(str(name), each, settings) for each in given]
        for name, given in tried.items()
    }
    combined = _grid(values) if combine == "grid" else _alone(values)
    variants = {Variant(()): None}
    for each in combined:
        other = [(name, each[name]) for name in sorted(each) if each[name] != now[name]]
        variants[Variant(tuple(other))] = None
        if len(variants) > MOST:
            raise SettingsError(
                f"{path} asks for more than {MOST} combinations",
                "give fewer values, or combine: alone",
            )
    return Plan(tuple(sorted(set(seasons))), tuple(variants))


def short(name: str) -> str:
    """Return the end of a name, from the constant on."""
    if not name.startswith("ml."):
        return name
    found = find_constant(name)
    return ".".join((found.name, *found.path))


def to_json(variant: Variant) -> str:
    """Return a variant's values as one text, the same for the same values."""
    return json.dumps(dict(variant.values), sort_keys=True)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0


def _now(name: str, settings: Settings) -> Any:
    if name in OF_A_RUN:
        return getattr(settings, name)
    return find_constant(name).value


def _checked(name: str, value: Any, settings: Settings) -> Any:
    if name not in OF_A_RUN:
        return checked(name, value)
    low = 1 if name == "training_seasons" else 0
    if type(value) is not int or not low <= value < 2**31:
        raise SettingsError(
            f"{name} cannot be {value!r}",
            f"give a whole number from {low} on, like the {getattr(settings, name)} "
            "of this run",
        )
    return value


def _grid(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for each in itertools.product(*values.values()):
        yield dict(zip(values, each, strict=True))


def _alone(values: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for name, given in values.items():
        for each in given:
            yield {name: each}


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(each) for each in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
