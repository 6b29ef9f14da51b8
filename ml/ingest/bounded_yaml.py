"""YAML from somebody else: read only where it is small, flat and written out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml.errors import StorageError
from ml.storage.files import read_regular

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
DEEPEST = 10
_LONGEST_REASON = 200


class UnreadableError(ValueError):
    """Why a file is not read; nothing of what it holds is repeated."""


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Parameters
    ----------
    path : Path
        A regular file, or a link to one.

    Returns
    -------
    Any
        Plain data.

    Raises
    ------
    UnreadableError
        If it is no regular file, no UTF-8, no YAML, larger than `MOST_BYTES`, deeper
        than `DEEPEST`, or holds an alias: few of them can stand for endless text.
    """
    import yaml

    try:
        content = read_regular(path, most_bytes=MOST_BYTES, follow_links=True)
        text = content.decode("utf-8")
    except StorageError as error:
        raise UnreadableError(error.problem.removeprefix(f"{path} ")) from error
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableError("cannot be read: it is not UTF-8") from error
    try:
        depth = 0
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise UnreadableError("has an alias (*name): write out what it means")
            if depth > DEEPEST or number > MOST_NODES:
                raise UnreadableError(
                    f"has more than {DEEPEST} levels or {MOST_NODES:,} entries"
                )
        return yaml.safe_load(text)
    except UnreadableError:
        raise
    except yaml.YAMLError as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        # A moment or a number that there is not, such as 2024-13-45.
        words = str(error)[:_LONGEST_REASON] or type(error).__name__
        raise UnreadableError(f"cannot be read: {words}") from error


def _reason(error: Exception) -> str:
    """Return what is wrong and where, without the line itself."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it is not YAML")
    where = f", line {mark.line + 1}" if mark is not None else ""
    return f"{problem[:_LONGEST_REASON]}{where}"
