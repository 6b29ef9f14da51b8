"""What the catalogue says of a frame's features, as expectations of a gate."""

from __future__ import annotations

from ml import gates
from ml.catalog import FeatureService


def ranges(service: FeatureService) -> list[gates.Expectation]:
    """Return the range of every feature that has one."""
    return [
        gates.Range(expected.column, expected.minimum, expected.maximum)
        for expected in service.expectations
        if expected.minimum is not None or expected.maximum is not None
    ]


def null_shares(service: FeatureService) -> list[gates.Expectation]:
    """Return the allowed share of nulls of every feature that has one.

    They hold for training frames; one evening is too few rows for a share.
    """
    return [
        gates.NullShare(expected.column, expected.max_null_share)
        for expected in service.expectations
        if expected.max_null_share is not None
    ]
