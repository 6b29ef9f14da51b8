"""What the catalogue says of a frame's features, as expectations of a gate."""

from __future__ import annotations

from ml import quality
from ml.features.catalog import FeatureService


def ranges(service: FeatureService) -> list[quality.Expectation]:
    """Return what arithmetic allows of every feature that it limits.

    What a feature has been in earlier seasons is no expectation: a value beyond it is
    reported (`ml.features.unseen`) and passed on.
    """
    return [
        quality.Range(expected.column, expected.can_be.min, expected.can_be.max)
        for expected in service.expectations
        if expected.can_be.has_range
    ]


def null_shares(service: FeatureService) -> list[quality.Expectation]:
    """Return the largest share of nulls that each feature had in earlier seasons.

    They say what to report of a training frame and stop nothing; one evening is too
    few rows for a share.
    """
    return [
        quality.NullShare(expected.column, expected.has_been.null_share)
        for expected in service.expectations
        if expected.has_been.null_share is not None
    ]
