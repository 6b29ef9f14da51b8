"""Settings tried on past seasons: what a change of the code would do."""
