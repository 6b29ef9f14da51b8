"""Recorded answers of the league's endpoints, where they are at hand."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "recorded"


def recorded(name: str) -> bytes:
    """Return the body of a recording; the test is skipped where there are none."""
    if not RECORDED.is_dir():
        pytest.skip(f"the recordings are not at {RECORDED}")
    body = (RECORDED / name).read_bytes()
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def recorded_json(name: str) -> dict[str, Any]:
    found = json.loads(recorded(name))
    assert isinstance(found, dict)
    return found


def recordings(pattern: str) -> list[str]:
    return sorted(str(path.relative_to(RECORDED)) for path in RECORDED.glob(pattern))
