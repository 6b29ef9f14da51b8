"""Walk forward through seasons that are over, and score between floor and market."""
