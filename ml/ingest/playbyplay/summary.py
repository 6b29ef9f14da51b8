"""What an ingest of play-by-play did, for people and as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ml.ingest.playbyplay.agreement import Agreement


@dataclass(frozen=True)
class Unmatched:
    """Play-by-play of games that the league does not have.

    Attributes
    ----------
    n_rows : int
        Rows of them in the files that were read this time.
    n_games : int
        Games of them in all files.
    examples : tuple of str
        Some of their ids.
    known : tuple of str
        Some ids of the league's games.
    """

    n_rows: int
    n_games: int
    examples: tuple[str, ...]
    known: tuple[str, ...]

    def __str__(self) -> str:
        """Say what does not match, and what would."""
        rows = f"{self.n_rows:,} rows of " if self.n_rows else ""
        return (
            f"{rows}{self.n_games:,} games match no game of the league: their game_id "
            f"is such as {', '.join(self.examples)}, the league's such as "
            f"{', '.join(self.known)}"
        )


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
    unmatched : Unmatched or None
        What is of no game of the league.
    """

    source: str
    n_files: int
    n_taken: int
    n_games: int
    n_stints: int
    unresolved: tuple[tuple[str, str], ...]
    agreement: Agreement | None
    unmatched: Unmatched | None = None

    @property
    def line(self) -> str:
        """What was done, in one line."""
        end = "" if self.unmatched is None else f"; {self.unmatched}"
        if not self.n_taken:
            return f"{self.source}: no new game, {self.n_games:,} are known{end}"
        return (
            f"{self.source}: {self.n_taken:,} games of {self.n_files} files, "
            f"{self.n_stints:,} stints, {len(self.unresolved)} games unresolved{end}"
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
