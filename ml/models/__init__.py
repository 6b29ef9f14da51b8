"""Models: what learns from a service's frame, and the distributions it forecasts."""
