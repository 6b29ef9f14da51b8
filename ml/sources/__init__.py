"""Where data comes from, beside databases that are given."""
