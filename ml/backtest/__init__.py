"""Walk forward through seasons that are over, and score between baseline and market."""
