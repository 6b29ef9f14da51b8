"""Forecasts beside the baseline and the market, and how they are scored."""
