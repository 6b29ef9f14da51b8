"""A disk with little room left, as all that is written through `open` meets it."""

from __future__ import annotations

import builtins
import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest


class Disk:
    """Takes what fits, then refuses, in the middle of a file."""

    def __init__(self, folder: Path, n_bytes: int) -> None:
        self.folder = folder
        self.left = n_bytes
        self.taken = 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        honest = io.open

        def limited(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
            is_here = not isinstance(file, int) and (
                self.folder in Path(os.fsdecode(file)).parents
            )
            if not is_here or "w" not in mode:
                return honest(file, mode, *given, **named)
            raw = io.BufferedWriter(_File(self, file))
            if "b" in mode:
                return raw
            newline = named.get("newline")
            return io.TextIOWrapper(raw, encoding="utf-8", newline=newline)

        patch.setattr(io, "open", limited)
        patch.setattr(builtins, "open", limited)


class _File(io.FileIO):
    def __init__(self, disk: Disk, path: Any) -> None:
        super().__init__(path, "w")
        self._disk = disk

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        fits = min(len(view), self._disk.left)
        if len(view) and not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._disk.left -= fits
        self._disk.taken += fits
        return super().write(view[:fits])
