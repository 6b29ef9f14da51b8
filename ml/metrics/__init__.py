"""Forecasts beside the floor and the market, and how they are scored."""
