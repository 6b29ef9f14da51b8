"""tipoff: point-in-time NBA forecasts, each as a distribution."""
