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

# The columns of a drawn box score, in the order of exports, and what they are called.
NAMES = {
    "min": "minutes",
    "pts": "points",
    "reb": "rebounds",
    "oreb": "offensive rebounds",
    "dreb": "defensive rebounds",
    "ast": "assists",
    "fg3m": "threes made",
    "fg3a": "threes tried",
    "fgm": "field goals made",
    "fga": "field goals tried",
    "ftm": "free throws made",
    "fta": "free throws tried",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "fouls",
}
BOX = tuple(NAMES)

# What a rate is learnt for: minutes have a model of their own.
LEARNT = BOX[1:]

# Sums of columns that are forecast and priced like a column.
COMBINATIONS = {
    "pra": ("pts", "reb", "ast"),
    "pr": ("pts", "reb"),
    "pa": ("pts", "ast"),
    "ra": ("reb", "ast"),
    "stocks": ("stl", "blk"),
}
