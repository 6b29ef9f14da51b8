"""What an ingest of play-by-play did, for people and as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ml.impact.agreement import Agreement


@dataclass(frozen=True)
class PlayByPlaySummary:
    """What an ingest of play-by-play did.

    Attributes
    ----------
    source : str
        Name of the folder.
    n_files : int
        Files in it.
    n_taken : int
        Games worked out this time.
    n_games, n_stints : int
        Games and stints in the warehouse.
    unresolved : tuple of (str, str)
        Games without stints, and why; the source's own stints are used for them.
    agreement : Agreement or None
        With the source's own stints, where there are some.
    """

    source: str
    n_files: int
    n_taken: int
    n_games: int
    n_stints: int
    unresolved: tuple[tuple[str, str], ...]
    agreement: Agreement | None

    @property
    def line(self) -> str:
        """What was done, in one line."""
        if not self.n_taken:
            return f"{self.source}: no new game, {self.n_games:,} are known"
        return (
            f"{self.source}: {self.n_taken:,} games of {self.n_files} files, "
            f"{self.n_stints:,} stints, {len(self.unresolved)} games unresolved"
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the summary as plain data for JSON.

        Returns
        -------
        dict
        """
        return asdict(self)

    def render(self) -> str:
        """Give the summary as lines for the console.

        Returns
        -------
        str
        """
        lines = [self.line]
        lines += [f"  unresolved {game}: {reason}" for game, reason in self.unresolved]
        if self.agreement is not None:
            both = self.agreement
            lines.append(
                f"beside the source's own stints, {both.n_games:,} games: the same ten "
                f"in {both.same_ten:.2%} of seconds, the same points in "
                f"{both.n_same_points:,} games, {both.possessions:.4f} possessions for "
                "one"
            )
        return "\n".join(lines)
