"""Forecasts of a day, and answers about its games and players."""
