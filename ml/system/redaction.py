"""Secrets taken out of text before it leaves the process.

People put keys where they do not belong: into a target's URL, an option, a variable, a
path. The libraries below repeat them in their errors. `redact` is what every text goes
through on its way to a terminal, a log or a record; see `ml.console`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
# A shorter one cannot be told from a word, and would be masked everywhere.
_SHORTEST = 8
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*"
_NAMES = (
    r"[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|signature|credentials?"
    r"|(?:api|access|account|private|storage|shared|auth)[_-]?key(?:[_-]?id)?"
    r"|(?<![a-z])(?:sig|sas|pwd|pass)(?![a-z]))[\w.-]*"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        # Private keys.
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END[^\n]*|\Z)", MASK),
        # Whatever a URL has before its last @, however many slashes it begins with.
        (rf"({_SCHEME}:/+)[^\s'\"<>]*(?:@|%40)", rf"\1{MASK}@"),
        (rf"({_SCHEME}%3A(?:%2F|/)+)[^\s'\"<>&]*(?:@|%40)", rf"\1{MASK}@"),
        # user:password@host without slashes.
        (r"(?<![\w/])[^\s:/@'\"<>{},]+:(?!/)[^\s@'\"<>{},]+@(?=[\w.\[-])", f"{MASK}@"),
        # Whatever a URL has behind its question mark.
        (rf"({_SCHEME}:/+[^\s'\"?#<>]*)\?[^\s'\"<>]+", rf"\1?{MASK}"),
        (rf"({_SCHEME}:/+[^\s'\"?#<>]*)#[^\s'\"<>]+", rf"\1#{MASK}"),
        # name=value, 'name': 'value', "name": "value" where the name says it.
        (rf"(['\"]{_NAMES}['\"]\s*:\s*)(['\"])(?:\\.|(?!\2).)*\2", rf"\1\2{MASK}\2"),
        (rf"(?<![\w.-])({_NAMES}\s*(?:=|%3D)\s*)[^\s'\"&;,<>)]+", rf"\1{MASK}"),
        (r"\b((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", rf"\1{MASK}"),
    )
)
# Keys that are known by their shape; case matters.
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{12,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeoprs]-[\w-]{8,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|sk-[\w-]{16,}"
    r"|eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?"
    r")"
)
_SECRET_VARIABLE = re.compile(
    rf"(?:{_NAMES}|(?:^|.*_)KEY)$",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_QUERY_VALUE = re.compile(r"[?&;#][^=&;\s'\"]*=([^&;\s'\"#]+)")
_AUTHORITY = re.compile(rf"{_SCHEME}:/*([^\s'\"]*)@")

_remembered: set[str] = set()


def redact(text: str) -> str:
    """Return a text in which secrets are masked.

    Masked are what is known to be secret (see `remember`, and the environment's
    variables that say so by their name), and what looks like it: user and password of a
    URL, its query, values named ``secret``, ``token``, ``password``, ``sig``, …, and
    keys that are known by their shape.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same text with ``***`` in the place of each secret.
    """
    return _masked(text, _remembered.union(_environment()))


def _masked(text: str, known: set[str]) -> str:
    for secret in sorted(known, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, MASK)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _SHAPES.sub(MASK, text)


def remember(text: str) -> None:
    """Mask from now on, wherever it turns up, what a text holds of secrets.

    Parameters
    ----------
    text : str
        An argument, a setting or a target.
    """
    _remembered.update(_parts(text))


def remember_value(value: str) -> None:
    """Mask a value from now on, as it stands and as a URL spells it."""
    _remembered.update(_spellings(value))


def redacted(value: Any) -> Any:
    """Return plain data of which every text is redacted.

    Parameters
    ----------
    value : dict, list, str, …
        As JSON has it.

    Returns
    -------
    dict, list, str, …
        A copy; a value whose name says that it is secret is masked whole.
    """
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            name: MASK
            if isinstance(each, str) and each and _SECRET_NAME.fullmatch(str(name))
            else redacted(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(each) for each in value]
    return value


def is_secret(text: str) -> bool:
    """Say whether a text holds what looks like a secret, or a variable's.

    What was remembered does not count: it may be a part of this very text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
    """
    return _masked(text, set(_environment())) != text


def _environment() -> Iterator[str]:
    """Yield the values of variables whose names say that they are secret."""
    for name, value in os.environ.items():
        if _SECRET_VARIABLE.match(name) and not name.endswith(("_FILE", "_PATH")):
            if not _is_path(value):
                yield from _spellings(value)
        elif name.startswith("TIPOFF_"):
            yield from _parts(value)


def _is_path(value: str) -> bool:
    try:
        return value.startswith(("/", "~")) and Path(value).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _parts(text: str) -> Iterator[str]:
    """Yield user, password and values of the query of everything like a URL."""
    for form in dict.fromkeys((text, unquote(text))):
        found = [match.group(1) for match in _QUERY_VALUE.finditer(form)]
        for match in _AUTHORITY.finditer(form):
            user, _, password = match.group(1).rpartition("://")[2].partition(":")
            found += [user, password]
        for part in found:
            yield from _spellings(part)


def _spellings(value: str) -> Iterator[str]:
    """Yield a secret as it stands and as a URL spells it."""
    for spelt in {value, quote(value, safe=""), quote_plus(value), unquote(value)}:
        # A short number would be masked inside of every other one.
        if len(spelt) >= (12 if spelt.isdecimal() else _SHORTEST):
            yield spelt
