"""Libraries that decide the last bits of a number, and which versions are installed."""

from __future__ import annotations

from importlib.metadata import version

LIBRARIES = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")


def library_versions() -> dict[str, str]:
    """Return the versions of `LIBRARIES`."""
    return {name: version(name) for name in LIBRARIES}
