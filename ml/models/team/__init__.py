"""The team model: the joint distribution of final scores."""
