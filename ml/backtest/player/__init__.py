"""The player side of a backtest."""
