"""What a value can be, and what it has been.

A limit that arithmetic sets is a fault to break: a share lies within 0-1, a count is
not negative. A limit that earlier seasons set is news to break: it is reported and the
value is passed on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Inclusive limits of the values of a column.

    Attributes
    ----------
    min, max : float, optional
        The smallest and the largest value; None where there is no limit.
    null_share : float, optional
        The largest share of nulls (0-1); None where there is no limit.
    """

    min: float | None = None
    max: float | None = None
    null_share: float | None = None

    @property
    def has_range(self) -> bool:
        """Whether the values have a limit."""
        return self.min is not None or self.max is not None

    def __str__(self) -> str:
        if self.min is not None and self.max is not None:
            return f"{self.min:g} to {self.max:g}"
        if self.min is not None:
            return f"{self.min:g} or more"
        return "anything" if self.max is None else f"{self.max:g} or less"


NO_LIMITS = Limits()
"""Nothing is excluded."""
