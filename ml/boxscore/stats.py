"""The columns of a box score, and what each of them is made of."""

from __future__ import annotations

# Drawn directly; everything else is a sum of these.
DRAWN = (
    "fg2m",
    "fg2_miss",
    "fg3m",
    "fg3_miss",
    "ftm",
    "ft_miss",
    "oreb",
    "dreb",
    "ast",
    "stl",
    "blk",
    "tov",
    "pf",
)

# What a rate is learnt for: the columns of the source.
LEARNT = (
    "pts",
    "reb",
    "oreb",
    "dreb",
    "ast",
    "fg3m",
    "fg3a",
    "fgm",
    "fga",
    "ftm",
    "fta",
    "stl",
    "blk",
    "tov",
    "pf",
)

# The columns of a drawn box score.
BOX = ("min", *LEARNT)

# Sums of columns that are forecast and priced like a column.
COMBINATIONS = {
    "pra": ("pts", "reb", "ast"),
    "pr": ("pts", "reb"),
    "pa": ("pts", "ast"),
    "ra": ("reb", "ast"),
    "stocks": ("stl", "blk"),
}
