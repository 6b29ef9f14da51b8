"""Ratings of teams and players, dated by when they were known."""
