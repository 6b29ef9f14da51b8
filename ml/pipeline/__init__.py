"""The steps of a run, which several jobs share."""
