"""Features: built by dbt, described once, joined at a moment."""
