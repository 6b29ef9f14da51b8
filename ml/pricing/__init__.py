"""Betting lines by the sheet, each priced from the joint samples of an evening."""
