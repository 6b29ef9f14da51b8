"""Which model serves: champion and challenger of each kind, and how they came to it.

One JSON file, replaced as a whole: a reader sees the state before or after a change.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from ml.errors import MissingError, ModelError
from ml.settings import Settings
from ml.storage.files import read_regular, write_text

Action = Literal["promote", "challenge", "refuse", "roll back"]
FORMAT: Literal[1] = 1
_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Entry:
    """Something that happened to a model.

    Attributes
    ----------
    action : {"promote", "challenge", "refuse", "roll back"}
        It became champion, became challenger, was refused, or became champion again.
    model : str
        Its name.
    as_of : str
        When, ISO 8601 (UTC); empty where no moment was known.
    reason : str
        Why.
    """

    action: Action
    model: str
    as_of: str
    reason: str


@dataclass(frozen=True)
class Aliases:
    """The state of one kind.

    Attributes
    ----------
    champion : str, optional
        The model that serves.
    challenger : str, optional
        The model on trial.
    history : tuple of Entry
        Oldest first.
    """

    champion: str | None = None
    challenger: str | None = None
    history: tuple[Entry, ...] = field(default=())

    @property
    def champions(self) -> tuple[str, ...]:
        """Every model that was champion, the newest first, each once."""
        reigns = [
            entry.model
            for entry in reversed(self.history)
            if entry.action in ("promote", "roll back")
        ]
        return tuple(dict.fromkeys(reigns))

    @property
    def refused(self) -> frozenset[str]:
        """Models whose last word was a refusal, or that were rolled back."""
        last = {entry.model: entry.action for entry in self.history}
        return frozenset(name for name, action in last.items() if action == "refuse")


@dataclass(frozen=True)
class _File:
    format: Literal[1]
    kinds: dict[str, Aliases]


def aliases_path(settings: Settings) -> Path:
    """Return the file of the aliases."""
    return settings.registry_dir / "aliases.json"


def read_aliases(settings: Settings, kind: str) -> Aliases:
    """Read the state of one kind.

    Raises
    ------
    ModelError
        If the file is damaged.
    StorageError
        If there is no regular file in its place.
    """
    return _read(settings).get(kind, Aliases())


def promote(
    settings: Settings, kind: str, name: str, *, as_of: datetime | None, reason: str
) -> Aliases:
    """Make a model the champion; of the one that is, nothing is written."""
    now = read_aliases(settings, kind)
    if now.champion == name:
        return now
    challenger = None if now.challenger == name else now.challenger
    changed = replace(now, champion=name, challenger=challenger)
    entry = Entry("promote", name, _iso(as_of), reason)
    return _write(settings, kind, changed, entry)


def challenge(
    settings: Settings, kind: str, name: str, *, as_of: datetime | None, reason: str
) -> Aliases:
    """Put a model on trial."""
    now = read_aliases(settings, kind)
    if now.challenger == name:
        return now
    changed = replace(now, challenger=name)
    entry = Entry("challenge", name, _iso(as_of), reason)
    return _write(settings, kind, changed, entry)


def refuse(
    settings: Settings, kind: str, *, as_of: datetime | None, reason: str
) -> Aliases:
    """End the trial of the challenger; the champion stays.

    Raises
    ------
    MissingError
        If there is no challenger.
    """
    now = read_aliases(settings, kind)
    if now.challenger is None:
        raise MissingError(f"{kind} has no challenger", "tipoff models list")
    name, changed = now.challenger, replace(now, challenger=None)
    entry = Entry("refuse", name, _iso(as_of), reason)
    return _write(settings, kind, changed, entry)


def roll_back(
    settings: Settings,
    kind: str,
    *,
    as_of: datetime | None,
    reason: str,
    to: str | None = None,
) -> Aliases:
    """Let an earlier champion serve again.

    Parameters
    ----------
    settings : Settings
        Says where the registry is.
    kind : str
        Of which kind.
    as_of : datetime, optional
        When (UTC).
    reason : str
        Why.
    to : str, optional
        Which; by default the one before.

    Returns
    -------
    Aliases
        Also in its history: the one that served until now was refused.

    Raises
    ------
    MissingError
        If there was no champion before.
    """
    now = read_aliases(settings, kind)
    earlier = [name for name in now.champions if name != now.champion]
    earlier = [name for name in earlier if name not in now.refused] or earlier
    chosen = to or next(iter(earlier), None)
    if chosen is None or now.champion is None:
        raise MissingError(
            f"{kind} has no earlier champion", "tipoff models promote NAME"
        )
    if chosen == now.champion:
        return now
    gone = Entry("refuse", now.champion, _iso(as_of), f"rolled back: {reason}")
    challenger = None if now.challenger == chosen else now.challenger
    changed = Aliases(chosen, challenger, (*now.history, gone))
    entry = Entry("roll back", chosen, _iso(as_of), reason)
    return _write(settings, kind, changed, entry)


def set_aside_damaged(settings: Settings) -> Path | None:
    """Move a damaged file of aliases out of the way; None where it is well."""
    try:
        _read(settings)
    except ModelError:
        path = aliases_path(settings)
        return path.replace(path.with_name("aliases.damaged.json"))
    return None


def _read(settings: Settings) -> dict[str, Aliases]:
    path = aliases_path(settings)
    try:
        text = read_regular(path, most_bytes=_MOST_BYTES)
        return TypeAdapter(_File).validate_json(text).kinds
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelError(
            f"{path} is damaged: {place or 'JSON'}: {first['msg']}",
            "delete it and name the champion: tipoff models promote NAME",
        ) from error


def _write(settings: Settings, kind: str, changed: Aliases, entry: Entry) -> Aliases:
    state = replace(changed, history=(*changed.history, entry))
    kinds = {**_read(settings), kind: state}
    body = asdict(_File(FORMAT, dict(sorted(kinds.items()))))
    write_text(aliases_path(settings), json.dumps(body, indent=1) + "\n")
    return state


def _iso(as_of: datetime | None) -> str:
    return "" if as_of is None else as_of.isoformat(timespec="seconds")
