"""Feast, without what it says and checks for its own developers."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence Feast's deprecation notices, progress bars and prints.

    Errors pass. Use it around imports and calls of Feast only; importing it sets up
    logging for the whole process, which is undone here. What is imported inside
    is not rewritten by typeguard, which is half of the time that Feast's import
    takes.
    """
    import typeguard

    typechecked = typeguard.typechecked
    level = logging.getLogger("feast").level
    handlers, root_level = list(logging.root.handlers), logging.root.level
    logging.getLogger("feast").setLevel(logging.ERROR)
    typeguard.typechecked = _unchecked
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        typeguard.typechecked = typechecked
        logging.getLogger("feast").setLevel(level)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(root_level)


def _unchecked(target: Any = None, **_: Any) -> Any:
    """Stand in for typeguard's decorator, with or without arguments."""
    return target if target is not None else _unchecked
