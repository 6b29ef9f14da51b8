"""Play-by-play: who was on court, and what happened in each stint of a game."""
